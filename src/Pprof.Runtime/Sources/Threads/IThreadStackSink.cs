namespace Pprof.Sources.Threads;

/// <summary>Gets the threads of a <see cref="ThreadStackSource"/>, from one thread.</summary>
internal interface IThreadStackSink
{
    /// <summary>Whether there is no room for more stacks. Then threads come without theirs, and no stack is looked for.</summary>
    bool IsFull { get; }

    /// <summary>Takes a thread.</summary>
    /// <param name="thread">What is known of it.</param>
    /// <param name="frames">
    /// Its stack, leaf first: addresses inside the instructions that were executing. Valid during the call. Where it could
    /// not be read it is <see cref="Profiles.PseudoFrame.UnknownStack"/> alone.
    /// </param>
    void Add(in SeenThread thread, ReadOnlySpan<nuint> frames);
}
