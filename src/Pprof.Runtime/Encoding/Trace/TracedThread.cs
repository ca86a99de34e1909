namespace Pprof.Encoding.Trace;

/// <summary>A thread that a trace has seen.</summary>
internal sealed class TracedThread(int systemId)
{
    /// <summary>No processor.</summary>
    public const int None = -1;

    /// <summary>The system's id.</summary>
    public int SystemId => systemId;

    /// <summary>Its own name, or null.</summary>
    public string? Name { get; set; }

    /// <summary>The processor that it has now.</summary>
    public int Processor { get; set; } = None;

    /// <summary>The one that it had last, which it takes again where it can.</summary>
    public int LastProcessor { get; set; } = None;

    /// <summary>The work that it has, whether it runs or waits.</summary>
    public TracedWork? Work { get; set; }

    /// <summary>The work that the thread itself is, where it is no thread of the pool; it ends with the thread.</summary>
    public TracedWork? Own { get; set; }

    /// <summary>What it goes on with when it leaves its work, which is an operation: the innermost last, null for what is not drawn.</summary>
    public List<TracedWork?> Outer { get; } = [];

    /// <summary>Entries beyond these, of which there are too many.</summary>
    public int UndrawnEntries { get; set; }

    /// <summary>When it was last seen to do something.</summary>
    public long LastSeen { get; set; }
}
