namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>A unit of work that has not ended.</summary>
internal sealed class PerfettoWork(long number, int kind)
{
    /// <summary>Its number.</summary>
    public long Number => number;

    /// <summary>What work of the same name has in common; 0 where it is not known.</summary>
    public int Kind => kind;

    /// <summary>When it was queued; 0 where that was before the trace.</summary>
    public long QueuedAt { get; init; }

    /// <summary>The arrow from where it was queued; 0 for none.</summary>
    public ulong Flow { get; init; }

    /// <summary>What it is called where no stack of it is seen.</summary>
    public string? OtherwiseName { get; init; }

    /// <summary>When a thread began with it; 0 while it is in the queue.</summary>
    public long StartedAt { get; set; }

    /// <summary>Whether the beginning of its slice has been written, and with it its name.</summary>
    public bool IsDrawn { get; set; }
}
