namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// A thread that a trace has seen. What is open on its track is: its work, in that regions and methods that it goes on with, in
/// these a wait.
/// </summary>
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

    /// <summary>
    /// What it has entered within what it did, the innermost last, with the number of regions that it was in then; null stands
    /// for what is not drawn.
    /// </summary>
    public List<(PerfettoOperation? Operation, int Regions)> Entered { get; } = [];

    /// <summary>What it has entered within these, because there was too much.</summary>
    public int UndrawnEntries { get; set; }

    /// <summary>The regions around what it has entered last: they end after that.</summary>
    public int RegionsAround => Entered is [.., var (_, regions)] ? regions : 0;

    /// <summary>The regions that it is in.</summary>
    public TracedRegions Regions { get; } = new();
}
