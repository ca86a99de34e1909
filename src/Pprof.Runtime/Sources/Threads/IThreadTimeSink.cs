namespace Pprof.Sources.Threads;

/// <summary>Gets the time that threads do not run, from one thread at a time.</summary>
internal interface IThreadTimeSink
{
    /// <summary>Whether there is no room for more stacks. Then threads come without theirs, and no stack is looked for.</summary>
    bool IsFull { get; }

    /// <summary>Takes time of a thread.</summary>
    /// <param name="thread">What is known of it.</param>
    /// <param name="frames">Its stack, as <see cref="IThreadStackSink.Add"/> has it.</param>
    /// <param name="nanoseconds">The time that it stood there.</param>
    /// <returns>A number for <see cref="AddTo"/>, which is not negative.</returns>
    int Add(in SeenThread thread, ReadOnlySpan<nuint> frames, long nanoseconds);

    /// <summary>Takes more time of the thread and the stack that this number was given for.</summary>
    void AddTo(int sample, long nanoseconds);
}
