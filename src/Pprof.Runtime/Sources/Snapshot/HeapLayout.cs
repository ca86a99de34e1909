using Pprof.Sources.Snapshot.Dac;

namespace Pprof.Sources.Snapshot;

/// <summary>The regions of a heap as the runtime's data access component tells of them.</summary>
internal sealed class HeapLayout : HeapRegions
{
    private readonly DacInterface _dac;

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
        Complete();
    }

    /// <summary>The parts of a server heap, or the one that there is.</summary>
    public List<GcHeapDetails> Heaps { get; }

    private void AddSegments(in GcHeapDetails heap)
    {
        GenerationData[] generations = _dac.Generations(heap);
        for (int i = 0; i < generations.Length; i++)
        {
            ulong address = generations[i].StartSegment;
            while (IsNew(address))
            {
                HeapSegmentData segment = _dac.Segment(address);
                AddSegment(i, segment.Start, address == heap.EphemeralSegment ? heap.Allocated : segment.Allocated, segment.Flags);
                address = segment.Next;
            }
        }

        // That of the youngest generation is the part's own, where no thread has one. When it is full it is of no use any more.
        if (generations is [{ } youngest, ..] && youngest.AllocationPointer != youngest.AllocationLimit)
        {
            AddContext(youngest.AllocationPointer, youngest.AllocationLimit);
        }
    }

    private void AddContexts()
    {
        foreach ((_, ThreadData thread) in _dac.Threads())
        {
            AddContext(thread.AllocationPointer, thread.AllocationLimit);
        }

        (ulong pointer, ulong limit) = _dac.GlobalAllocationContext();
        AddContext(pointer, limit);
    }
}
