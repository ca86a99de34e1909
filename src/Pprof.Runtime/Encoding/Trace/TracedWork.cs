namespace Pprof.Encoding.Trace;

/// <summary>A unit of work, or a thread of its own, that has not ended: a goroutine to the reader of the trace.</summary>
internal sealed class TracedWork(long number, ulong goroutine, int kind, uint firstStack)
{
    /// <summary>The number by which it is told of; 0 for a thread of its own.</summary>
    public long Number => number;

    /// <summary>Its number in the trace, which no other ever has.</summary>
    public ulong Goroutine => goroutine;

    /// <summary>What work of the same name has in common; 0 where it is not known.</summary>
    public int Kind => kind;

    /// <summary>The stack that names it.</summary>
    public uint FirstStack => firstStack;

    /// <summary>Whether that stack has been defined.</summary>
    public bool IsNamed { get; set; }

    /// <summary>What it is called where no stack of it is seen.</summary>
    public string? OtherwiseName { get; init; }

    /// <summary>Whether threads enter and leave it, and it waits in between.</summary>
    public bool IsOperation { get; init; }

    /// <summary>Whether a thread has entered it, and has not left it.</summary>
    public bool IsEntered { get; set; }

    /// <summary>Whether it ends when it is left.</summary>
    public bool IsEnding { get; set; }

    /// <summary>What it does at the moment.</summary>
    public TracedWorkState State { get; set; }

    /// <summary>The regions that it is in; null before the first.</summary>
    public TracedRegions? Regions { get; set; }
}
