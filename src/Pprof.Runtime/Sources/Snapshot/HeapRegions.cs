namespace Pprof.Sources.Snapshot;

/// <summary>Where the objects of a heap are: its regions, and the memory in them that threads are about to fill.</summary>
internal abstract class HeapRegions
{
    /// <summary>The generations of small objects, then that of large and that of pinned ones.</summary>
    protected const int LargeObjects = 3;

    private const ulong ReadOnly = 1;

    // Room that the collector leaves behind the limit of a context, for the object that fills what a thread did not.
    private const ulong Spare = 24;

    private readonly HashSet<ulong> _seen = [];

    /// <summary>The regions that have objects, in the order of their addresses.</summary>
    public List<HeapSegment> Segments { get; } = [];

    /// <summary>Bits for all places where an object can begin.</summary>
    public ulong BitCount { get; private set; }

    /// <summary>The memory that threads are about to fill, in the order of addresses.</summary>
    public List<MemoryRange> Contexts { get; } = [];

    /// <summary>Whether a region has not been seen: with segments in their place the younger generations are parts of one that the oldest begins with.</summary>
    protected bool IsNew(ulong segment) => segment != 0 && _seen.Add(segment);

    protected void AddSegment(int generation, ulong start, ulong end, ulong flags)
    {
        if (end > start)
        {
            HeapSegmentKind kind = (flags & ReadOnly) != 0 ? HeapSegmentKind.Frozen
                : generation == LargeObjects ? HeapSegmentKind.Plain
                : HeapSegmentKind.WithContexts;
            Segments.Add(new HeapSegment(start, end, 0, kind));
        }
    }

    protected void AddContext(ulong pointer, ulong limit)
    {
        // One that is exactly full still has what lies behind its limit: an object larger than what threads get at a time
        // leaves such a one.
        if (pointer != 0 && pointer <= limit)
        {
            Contexts.Add(new MemoryRange(pointer, limit + Spare));
        }
    }

    /// <summary>To be called when all are there.</summary>
    protected void Complete()
    {
        Contexts.Sort(static (x, y) => x.Start.CompareTo(y.Start));
        Segments.Sort(static (x, y) => x.Start.CompareTo(y.Start));
        for (int i = 0; i < Segments.Count; i++)
        {
            HeapSegment segment = Segments[i];
            Segments[i] = segment with { FirstBit = BitCount };
            BitCount += (((segment.End - segment.Start) / 8) + 63) & ~63UL;
        }
    }
}
