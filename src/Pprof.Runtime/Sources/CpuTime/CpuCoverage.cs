namespace Pprof.Sources.CpuTime;

/// <summary>What a sampling covered: how long it took, and what of the process's CPU time its samples do not show.</summary>
internal sealed record CpuCoverage
{
    /// <summary>Who saw the threads: <c>CPU-time timers at 100 Hz</c>.</summary>
    public string Source { get; init; } = "";

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

    /// <summary>
    /// Why timers of the threads could not be had, in whose place the runtime's own sampling was taken; null where they were.
    /// </summary>
    public string? MissingTimers { get; init; }

    /// <summary>Names in the stacks of this process that stand for several methods each.</summary>
    public int SharedNames { get; init; }

    /// <summary>Samples of the runtime's that it had no room for. The CPU time is that of the others.</summary>
    public long LostEvents { get; init; }

    /// <summary>Why there were no samples any more at the end; null where there were.</summary>
    public string? Failure { get; init; }
}
