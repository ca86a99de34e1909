namespace Pprof.Sources.CpuTime.Signals;

/// <summary>A thread that a session has a timer on. Used only by the session's reader.</summary>
internal sealed class SampledThread
{
    /// <summary>The thread's id in the operating system.</summary>
    public required int SystemId { get; init; }

    /// <summary>The thread's number in the session's buffer.</summary>
    public required int Number { get; init; }

    /// <summary>The kernel's id of the timer.</summary>
    public required int Timer { get; init; }

    /// <summary>CPU time that the thread had used when the timer started, in nanoseconds.</summary>
    public required long StartCpu { get; init; }

    /// <summary>CPU time from then to the first expiry, in nanoseconds.</summary>
    public required long FirstExpiry { get; init; }

    /// <summary>When the timer started, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public required long Since { get; init; }

    /// <summary>Periods that its samples stand for.</summary>
    public long Weight { get; set; }

    /// <summary>The number that the sink gave to its last sample, or -1.</summary>
    public int LastSample { get; set; } = -1;

    /// <summary>Number of the last scan that saw the thread.</summary>
    public int LastScan { get; set; }

    /// <summary>Expiries of the timer by the time that the thread's clock shows <paramref name="cpuNanoseconds"/>.</summary>
    public long Expiries(long cpuNanoseconds, long periodNanoseconds)
    {
        long since = cpuNanoseconds - StartCpu - FirstExpiry;
        return since < 0 ? 0 : 1 + (since / periodNanoseconds);
    }
}
