namespace Pprof.Sources.CpuTime;

/// <summary>What a sampling covered: how long it took, and what of the process's CPU time its samples do not show.</summary>
internal sealed record CpuCoverage
{
    /// <summary>The time that was sampled.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Periods of CPU time whose samples found no free place in the buffer.</summary>
    public long LostPeriods { get; init; }

    /// <summary>
    /// CPU time, in nanoseconds, that the process used and no sample stands for: mostly that of threads that ended before
    /// their first sample. 0 where it is within what sampling itself can be off.
    /// </summary>
    public long UnseenNanoseconds { get; init; }

    /// <summary>Samples that had labels which nobody remembers.</summary>
    public long SamplesWithoutLabels { get; init; }

    /// <summary>Threads that got no timer of their own: signals that can be pending are scarce.</summary>
    public int ThreadsWithoutTimer { get; init; }

    /// <summary>Whether those were sampled by the timer of the process.</summary>
    public bool UntimedThreadsAreSampled { get; init; }

    /// <summary>Threads that used CPU time and did not take the signal of their timer, because they block it.</summary>
    public int ThreadsThatBlockSignals { get; init; }
}
