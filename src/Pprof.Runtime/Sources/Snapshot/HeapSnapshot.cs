using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Snapshot.Dac;

namespace Pprof.Sources.Snapshot;

/// <summary>The heap of this process at one moment, in a copy of the process. Belongs to one thread.</summary>
internal sealed unsafe class HeapSnapshot : IDisposable
{
    private static readonly Lazy<ulong> s_runtime = new(FindRuntime);

    private readonly ProcessCopy _copy;
    private readonly HeapLayout _layout;

    /// <summary>Copies the process, and finds its heap.</summary>
    /// <param name="memoryLimit">The bytes that the copy may need for itself.</param>
    /// <param name="patience">How long it may live.</param>
    /// <param name="cancellation">Nobody wants it any more.</param>
    /// <exception cref="SnapshotException">It cannot be had.</exception>
    public HeapSnapshot(long memoryLimit, TimeSpan patience, CancellationToken cancellation)
    {
        ulong runtime = s_runtime.Value;
        var groups = new MemoryGroups();
        if (groups.AreKilledTogether)
        {
            CopyBudget.CheckBefore(groups.Free, Environment.WorkingSet);
        }

        var rests = new ThreadRests();
        Patience = new SnapshotPatience(patience, groups, cancellation);
        _copy = new ProcessCopy(memoryLimit);
        try
        {
            Rests = rests.Unchanged();
            Memory = new CopyMemory(_copy.ProcessId, (nuint)runtime);
            Dac = new DacInterface(Memory, runtime);
            _layout = new HeapLayout(Dac);
            Job->FreeMethodTable = Dac.Globals.FreeMethodTable;
            Job->SegmentCount = (ulong)_layout.Segments.Count;
            Job->Segments = _copy.Share<HeapSegment>(CollectionsMarshal.AsSpan(_layout.Segments));
            Job->BitCount = _layout.BitCount;
            Job->ContextCount = (ulong)_layout.Contexts.Count;
            Job->Contexts = _copy.Share<MemoryRange>(CollectionsMarshal.AsSpan(_layout.Contexts));
            _copy.Do(CopyCommand.Walk, Patience);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How long it may go on; for all that works on it.</summary>
    public SnapshotPatience Patience { get; }

    /// <summary>What the copy has found.</summary>
    public SnapshotJob* Job => _copy.Job;

    /// <summary>The id of the copy.</summary>
    public int ProcessId => _copy.ProcessId;

    /// <summary>The memory of the copy.</summary>
    public CopyMemory Memory { get; } = null!;

    /// <summary>Looks into the copy.</summary>
    public DacInterface Dac { get; } = null!;

    /// <summary>Where threads waited that have not run while the copy was made, by their ids in the operating system.</summary>
    public IReadOnlyDictionary<int, ThreadRest> Rests { get; } = null!;

    /// <summary>What the numbers of roots stand for, once they were followed.</summary>
    public IReadOnlyList<RootLabel> Labels { get; private set; } = [];

    /// <summary>The types that there are, each with its objects.</summary>
    public ReadOnlySpan<HeapType> Types => new(Job->Types, SnapshotJob.MaxTypes);

    /// <summary>The type of memory that is free.</summary>
    public ulong FreeMethodTable => Job->FreeMethodTable;

    /// <summary>The ways from the roots.</summary>
    public ReadOnlySpan<HeapNode> Nodes => new(Job->Nodes, (int)Job->NodeCount);

    /// <summary>Objects that were being made at the moment, of which nothing is known.</summary>
    public long UnreadableObjects => (long)Job->UnreadableObjects;

    /// <summary>Objects of which only root and type are known, or the root alone, because there were too many ways.</summary>
    public long FoldedObjects => (long)Job->FoldedObjects;

    /// <summary>Objects that are not counted, because there were too many types.</summary>
    public long LostObjects => (long)Job->LostObjects;

    /// <summary>References that led to no object that is counted.</summary>
    public long LostReferences => (long)Job->LostReferences;

    /// <summary>How long the process was stopped.</summary>
    public TimeSpan Pause => TimeSpan.FromTicks((long)Job->CloneNanoseconds / TimeSpan.NanosecondsPerTick);

    /// <summary>Finds what the roots reach, and with <paramref name="paths"/> on which way.</summary>
    /// <exception cref="SnapshotException">The copy has failed.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public void Mark(bool paths)
    {
        var roots = new HeapRoots(Dac, Memory, _layout, Rests, ProcessMap.ReadOf(_copy.ProcessId), Patience);
        Labels = roots.Labels;
        Job->WantsPaths = paths ? 1UL : 0;
        Job->DependentLabel = roots.DependentLabel;
        Job->FrozenLabel = roots.FrozenLabel;
        Job->OtherLabel = roots.OtherLabel;
        Job->RootCount = (ulong)roots.Roots.Count;
        Job->Roots = _copy.Share<HeapRoot>(CollectionsMarshal.AsSpan(roots.Roots));
        Job->StackCount = (ulong)roots.Stacks.Count;
        Job->Stacks = _copy.Share<StackRange>(CollectionsMarshal.AsSpan(roots.Stacks));
        Job->DependentCount = (ulong)roots.Dependents.Count;
        Job->Dependents = _copy.Share<DependentObject>(CollectionsMarshal.AsSpan(roots.Dependents));
        for (int i = 0; i < SnapshotJob.MaxTypes; i++)
        {
            Patience.Check();
            HeapType* type = Job->Types + i;
            if (type->Count > 0 && Dac.LoaderOf(type->MethodTable) is ulong handle and not 0)
            {
                type->Loader = Memory.Read<ulong>(handle);
            }
        }

        _copy.Do(CopyCommand.Mark, Patience);
    }

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
            _copy.Do(CopyCommand.List, Patience);
        }

        return new ReadOnlySpan<nuint>(Job->Found, (int)Job->FoundCount);
    }

    /// <summary>Kills the copy.</summary>
    public void Dispose()
    {
        Dac?.Dispose();
        Memory?.Dispose();
        _copy.Dispose();
    }

    private static ulong FindRuntime() =>
        ProcessMap.Read().Regions.FirstOrDefault(static region => region.Path.EndsWith("/libcoreclr.so", StringComparison.Ordinal))?.Start
        ?? throw new SnapshotException("the runtime is part of the program, where the tools that find its heap do not find it; publish the service without PublishSingleFile", isRefused: true);
}
