using Pprof.Sources.Snapshot.Dac;

namespace Pprof.Sources.Snapshot;

/// <summary>Where the objects of a heap are: its regions, and the memory in them that threads are about to fill.</summary>
internal sealed class HeapLayout
{
    private const int LargeObjects = 3;
    private const ulong ReadOnly = 1;

    // Room that the collector leaves behind the limit of a context, for the object that fills what a thread did not.
    private const ulong Spare = 24;

    private readonly DacInterface _dac;
    private readonly HashSet<ulong> _seen = [];

    /// <summary>Finds them.</summary>
    /// <exception cref="SnapshotException">The heap cannot be walked now.</exception>
    public HeapLayout(DacInterface dac)
    {
        _dac = dac;
        GcHeapData heap = dac.Heap;
        if (heap.IsValid == 0)
        {
            throw new SnapshotException("a garbage collection has stopped the process; ask again");
        }

        Heaps = heap.IsServer != 0 ? dac.ServerHeaps(heap.HeapCount) : [dac.WorkstationHeap];
        foreach (GcHeapDetails part in Heaps)
        {
            AddSegments(part);
        }

        AddContexts();
        Number();
    }

    /// <summary>The parts of a server heap, or the one that there is.</summary>
    public List<GcHeapDetails> Heaps { get; }

    /// <summary>The regions that have objects, in the order of their addresses.</summary>
    public List<HeapSegment> Segments { get; } = [];

    /// <summary>Bits for all places where an object can begin.</summary>
    public ulong BitCount { get; private set; }

    /// <summary>The memory that threads are about to fill, in the order of addresses.</summary>
    public List<MemoryRange> Contexts { get; } = [];

    private void AddSegments(in GcHeapDetails heap)
    {
        // With segments in the place of regions the younger generations are parts of one that the oldest begins with.
        GenerationData[] generations = _dac.Generations(heap);
        for (int i = 0; i < generations.Length; i++)
        {
            ulong address = generations[i].StartSegment;
            while (address != 0 && _seen.Add(address))
            {
                HeapSegmentData segment = _dac.Segment(address);
                ulong end = address == heap.EphemeralSegment ? heap.Allocated : segment.Allocated;
                if (end > segment.Start)
                {
                    HeapSegmentKind kind = (segment.Flags & ReadOnly) != 0 ? HeapSegmentKind.Frozen
                        : i == LargeObjects ? HeapSegmentKind.Plain
                        : HeapSegmentKind.WithContexts;
                    Segments.Add(new HeapSegment(segment.Start, end, 0, kind));
                }

                address = segment.Next;
            }
        }

        // That of the youngest generation is the part's own, where no thread has one. When it is full it is of no use any more.
        if (generations is [{ } youngest, ..] && youngest.AllocationPointer != youngest.AllocationLimit)
        {
            Add(youngest.AllocationPointer, youngest.AllocationLimit);
        }
    }

    private void AddContexts()
    {
        foreach ((_, ThreadData thread) in _dac.Threads())
        {
            Add(thread.AllocationPointer, thread.AllocationLimit);
        }

        (ulong pointer, ulong limit) = _dac.GlobalAllocationContext();
        Add(pointer, limit);
        Contexts.Sort(static (x, y) => x.Start.CompareTo(y.Start));
    }

    private void Add(ulong pointer, ulong limit)
    {
        // One that is exactly full still has what lies behind its limit: an object larger than what threads get at a time
        // leaves such a one.
        if (pointer != 0 && pointer <= limit)
        {
            Contexts.Add(new MemoryRange(pointer, limit + Spare));
        }
    }

    private void Number()
    {
        Segments.Sort(static (x, y) => x.Start.CompareTo(y.Start));
        for (int i = 0; i < Segments.Count; i++)
        {
            HeapSegment segment = Segments[i];
            Segments[i] = segment with { FirstBit = BitCount };
            BitCount += (((segment.End - segment.Start) / 8) + 63) & ~63UL;
        }
    }
}
