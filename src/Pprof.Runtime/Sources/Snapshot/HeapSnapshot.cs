using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Snapshot.Dac;

namespace Pprof.Sources.Snapshot;

/// <summary>The heap of this process at one moment, in a copy of the process, with its roots. Belongs to one thread.</summary>
internal sealed unsafe class HeapSnapshot : HeapCopy
{
    private static readonly Lazy<ulong> s_runtime = new(FindRuntime, LazyThreadSafetyMode.PublicationOnly);

    private readonly HeapLayout _layout = null!;

    /// <summary>Copies the process, and finds its heap.</summary>
    /// <param name="memoryLimit">The bytes that the copy may need for itself.</param>
    /// <param name="patience">How long it may live.</param>
    /// <param name="cancellation">Nobody wants it any more.</param>
    /// <exception cref="SnapshotException">It cannot be had.</exception>
    public HeapSnapshot(long memoryLimit, TimeSpan patience, CancellationToken cancellation)
        : this(s_runtime.Value, new ThreadRests(), memoryLimit, patience, cancellation)
    {
    }

    private HeapSnapshot(ulong runtime, ThreadRests rests, long memoryLimit, TimeSpan patience, CancellationToken cancellation)
        : base(runtime, rests, memoryLimit, patience, cancellation)
    {
        try
        {
            Dac = new DacInterface(Memory, runtime);
            _layout = new HeapLayout(Dac);
            Walk(_layout, Dac.Globals.FreeMethodTable, objectMethodTable: 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Looks into the copy.</summary>
    public DacInterface Dac { get; } = null!;

    /// <summary>What the numbers of roots stand for, once they were followed.</summary>
    public IReadOnlyList<RootLabel> Labels { get; private set; } = [];

    /// <summary>The ways from the roots.</summary>
    public ReadOnlySpan<HeapNode> Nodes => new(Job->Nodes, (int)Job->NodeCount);

    /// <summary>Objects of which only root and type are known, or the root alone, because there were too many ways.</summary>
    public long FoldedObjects => (long)Job->FoldedObjects;

    /// <summary>References that led to no object that is counted.</summary>
    public long LostReferences => (long)Job->LostReferences;

    /// <inheritdoc/>
    public override Type? TypeOf(ulong methodTable) =>
        methodTable == 0 || Dac.IsCollectible(methodTable) ? null : ObjectFields.TypeOf(methodTable);

    /// <summary>Finds what the roots reach, and with <paramref name="paths"/> on which way.</summary>
    /// <exception cref="SnapshotException">The copy has failed.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public void Mark(bool paths)
    {
        var roots = new HeapRoots(Dac, Memory, _layout, Rests, ProcessMap.ReadOf(ProcessId), Patience);
        Labels = roots.Labels;
        Job->WantsPaths = paths ? 1UL : 0;
        Job->DependentLabel = roots.DependentLabel;
        Job->FrozenLabel = roots.FrozenLabel;
        Job->OtherLabel = roots.OtherLabel;
        Job->RootCount = (ulong)roots.Roots.Count;
        Job->Roots = Share<HeapRoot>(CollectionsMarshal.AsSpan(roots.Roots));
        Job->StackCount = (ulong)roots.Stacks.Count;
        Job->Stacks = Share<StackRange>(CollectionsMarshal.AsSpan(roots.Stacks));
        Job->DependentCount = (ulong)roots.Dependents.Count;
        Job->Dependents = Share<DependentObject>(CollectionsMarshal.AsSpan(roots.Dependents));
        for (int i = 0; i < SnapshotJob.MaxTypes; i++)
        {
            Patience.Check();
            HeapType* type = Job->Types + i;
            type->IsTimer = TimerTypes.Contains(type->MethodTable) ? 1u : 0;
            if (type->Count > 0 && Dac.LoaderOf(type->MethodTable) is ulong handle and not 0)
            {
                type->Loader = Memory.Read<ulong>(handle);
            }
        }

        Do(CopyCommand.Mark);
    }

    /// <summary>Kills the copy.</summary>
    public override void Dispose()
    {
        Dac?.Dispose();
        base.Dispose();
    }

    private static ulong FindRuntime()
    {
        IReadOnlyList<ProcessMapRegion> regions = ProcessMap.Read().Regions;
        return regions.FirstOrDefault(static region => region.Path.EndsWith("/libcoreclr.so", StringComparison.Ordinal))?.Start
            ?? throw (regions.Count == 0
                ? SnapshotException.NoMap()
                : new SnapshotException("the runtime is part of the program, where the tools that find its heap do not find it; publish the service without PublishSingleFile", isRefused: true));
    }
}
