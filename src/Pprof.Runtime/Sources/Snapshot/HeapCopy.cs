using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.Snapshot;

/// <summary>A copy of this process that knows where the objects of its heap are. Belongs to one thread.</summary>
internal abstract unsafe class HeapCopy : IDisposable
{
    private readonly ProcessCopy _copy;
    private List<(ulong MethodTable, Type Type)>? _knownTypes;

    /// <summary>Copies the process.</summary>
    /// <param name="known">An address that can be read in it.</param>
    /// <param name="rests">Where threads waited before.</param>
    /// <param name="memoryLimit">The bytes that the copy may need for itself.</param>
    /// <param name="patience">How long it may live.</param>
    /// <param name="cancellation">Nobody wants it any more.</param>
    /// <exception cref="SnapshotException">It cannot be had.</exception>
    protected HeapCopy(ulong known, ThreadRests rests, long memoryLimit, TimeSpan patience, CancellationToken cancellation)
    {
        var groups = new MemoryGroups();
        if (groups.AreKilledTogether)
        {
            CopyBudget.CheckBefore(groups.Free, Environment.WorkingSet);
        }

        Patience = new SnapshotPatience(patience, groups, cancellation);
        _copy = new ProcessCopy(memoryLimit);
        try
        {
            Rests = rests.Unchanged();
            Memory = new CopyMemory(_copy.ProcessId, (nuint)known);
        }
        catch
        {
            _copy.Dispose();
            throw;
        }
    }

    /// <summary>How long it may go on; for all that works on it.</summary>
    public SnapshotPatience Patience { get; }

    /// <summary>Where threads waited that have not run while the copy was made, by their ids in the operating system.</summary>
    public IReadOnlyDictionary<int, ThreadRest> Rests { get; }

    /// <summary>What the copy has found.</summary>
    public SnapshotJob* Job => _copy.Job;

    /// <summary>The id of the copy.</summary>
    public int ProcessId => _copy.ProcessId;

    /// <summary>The memory of the copy.</summary>
    public CopyMemory Memory { get; }

    /// <summary>The types that there are, each with its objects.</summary>
    public ReadOnlySpan<HeapType> Types => new(Job->Types, SnapshotJob.MaxTypes);

    /// <summary>The type of memory that is free.</summary>
    public ulong FreeMethodTable => Job->FreeMethodTable;

    /// <summary>Objects that were being made at the moment, of which nothing is known.</summary>
    public long UnreadableObjects => (long)Job->UnreadableObjects;

    /// <summary>Objects that are not counted, because there were too many types.</summary>
    public long LostObjects => (long)Job->LostObjects;

    /// <summary>How long the process was stopped.</summary>
    public TimeSpan Pause => TimeSpan.FromTicks((long)Job->CloneNanoseconds / TimeSpan.NanosecondsPerTick);

    /// <summary>The types of which there are objects, but for those that can be unloaded.</summary>
    public IReadOnlyList<(ulong MethodTable, Type Type)> KnownTypes => _knownTypes ??= FindKnownTypes();

    /// <summary>The type with this method table; null where it is none, or one that can be unloaded.</summary>
    public abstract Type? TypeOf(ulong methodTable);

    /// <summary>The objects of all types that <paramref name="isWanted"/> says.</summary>
    /// <exception cref="SnapshotException">The copy has failed.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public ReadOnlySpan<nuint> Find(Func<ulong, bool> isWanted)
    {
        long capacity = 0;
        for (int i = 0; i < SnapshotJob.MaxTypes; i++)
        {
            Patience.Check();
            HeapType* type = Job->Types + i;
            type->Wanted = type->Count > 0 && isWanted(type->MethodTable) ? 1u : 0;
            if (type->Wanted != 0)
            {
                capacity += (long)type->Count;
            }
        }

        Job->Found = (ulong*)_copy.Take<ulong>(capacity);
        Job->FoundCapacity = (ulong)capacity;
        if (capacity > 0)
        {
            Do(CopyCommand.List);
        }

        return new ReadOnlySpan<nuint>(Job->Found, (int)Job->FoundCount);
    }

    /// <summary>Kills the copy.</summary>
    public virtual void Dispose()
    {
        Memory.Dispose();
        _copy.Dispose();
    }

    /// <summary>Has the copy count its objects.</summary>
    /// <param name="regions">Where they are.</param>
    /// <param name="freeMethodTable">The type of memory that is free.</param>
    /// <param name="objectMethodTable">The type that all others derive from, where a method table is known by that; 0 where by its class.</param>
    protected void Walk(HeapRegions regions, ulong freeMethodTable, ulong objectMethodTable)
    {
        Job->FreeMethodTable = freeMethodTable;
        Job->ObjectMethodTable = objectMethodTable;
        Job->SegmentCount = (ulong)regions.Segments.Count;
        Job->Segments = Share<HeapSegment>(CollectionsMarshal.AsSpan(regions.Segments));
        Job->BitCount = regions.BitCount;
        Job->ContextCount = (ulong)regions.Contexts.Count;
        Job->Contexts = Share<MemoryRange>(CollectionsMarshal.AsSpan(regions.Contexts));
        Do(CopyCommand.Walk);
    }

    /// <summary>Puts what is in <paramref name="items"/> where the copy can read it.</summary>
    protected T* Share<T>(ReadOnlySpan<T> items)
        where T : unmanaged => _copy.Share(items);

    /// <summary>Has the copy do something, and waits until it is done.</summary>
    protected void Do(CopyCommand command) => _copy.Do(command, Patience);

    private List<(ulong MethodTable, Type Type)> FindKnownTypes()
    {
        List<(ulong, Type)> known = [];
        foreach (HeapType type in Types)
        {
            if (type.Count > 0 && type.MethodTable != FreeMethodTable && TypeOf(type.MethodTable) is { } found)
            {
                known.Add((type.MethodTable, found));
            }
        }

        return known;
    }
}
