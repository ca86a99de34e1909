namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>A thread that a trace has seen. What is open on its track is: its work, in that regions, in these a wait.</summary>
internal sealed class PerfettoThread(int systemId, ulong track)
{
    /// <summary>The system's id.</summary>
    public int SystemId => systemId;

    /// <summary>Its track.</summary>
    public ulong Track => track;

    /// <summary>What it is called in the trace; null for nothing.</summary>
    public string? Name { get; set; }

    /// <summary>The work that it has; null for a thread that is not seen to take any, or has none.</summary>
    public PerfettoWork? Work { get; set; }

    /// <summary>Whether it waits.</summary>
    public bool Waits { get; set; }

    /// <summary>The regions that it is in.</summary>
    public TracedRegions Regions { get; } = new();
}
