using Pprof.Profiles;

namespace Pprof.Sources.CpuTime;

/// <summary>Gets the samples of a <see cref="CpuSampling"/>, from one thread.</summary>
internal interface ICpuSink
{
    /// <summary>
    /// Whether there is no room for more stacks. Then the rest comes by <see cref="AddWithoutStack"/>, and no stack is
    /// looked for.
    /// </summary>
    bool IsFull { get; }

    /// <summary>Sampling begins now. Called once, before the first sample.</summary>
    /// <param name="periodNanoseconds">CPU time from one sample of a thread to its next.</param>
    void Begin(long periodNanoseconds);

    /// <summary>Takes a sample.</summary>
    /// <param name="frames">
    /// The stack, leaf first: addresses inside the instructions that were executing. Valid during the call.
    /// </param>
    /// <param name="labels">The labels that held.</param>
    /// <param name="periods">The periods of CPU time that it stands for.</param>
    /// <returns>A number for <see cref="AddTo"/>, which is not negative.</returns>
    int Add(ReadOnlySpan<nuint> frames, LabelSet labels, long periods);

    /// <summary>The same of a sample whose moment is known.</summary>
    /// <param name="time">When it was taken, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
    /// <param name="thread">The system's id of the thread; 0 where it has ended since.</param>
    /// <param name="frames">The stack.</param>
    /// <param name="labels">The labels that held.</param>
    /// <param name="periods">The periods of CPU time that it stands for.</param>
    int Add(long time, int thread, ReadOnlySpan<nuint> frames, LabelSet labels, long periods) => Add(frames, labels, periods);

    /// <summary>Takes a sample of which only the time is counted.</summary>
    /// <returns>A number for <see cref="AddTo"/>, which is not negative.</returns>
    int AddWithoutStack(long periods);

    /// <summary>Takes more periods of the stack and labels that this number was given for.</summary>
    void AddTo(int sample, long periods);

    /// <summary>Another of the same kind without samples. A rehearsal fills it, and nobody looks at it.</summary>
    ICpuSink NewEmpty();
}
