using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Runtime.InteropServices;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// Takes down what the runtime tells of its heap: of one collection, the first that it tells of. Written by the reader of the
/// events until <see cref="IsComplete"/>, read by who asked afterwards.
/// </summary>
/// <param name="paths">Whether who holds what is of interest, too.</param>
/// <param name="asksForNames">Whether the runtime is to write down the names of types, which can stop the process for long.</param>
internal sealed class HeapEvents(bool paths, bool asksForNames) : EventConsumer
{
    private const int MinObject = 24;
    private const int Alignment = 8;

    private static readonly int[] s_ids =
    [
        RuntimeProvider.CollectionStart, RuntimeProvider.CollectionEnd, RuntimeProvider.SuspendBegin, RuntimeProvider.RestartEnd,
        RuntimeProvider.BulkTypes, RuntimeProvider.BulkNodes,
    ];

    private static readonly int[] s_pathIds =
        [RuntimeProvider.BulkEdges, RuntimeProvider.BulkRoots, RuntimeProvider.BulkDependents, RuntimeProvider.BulkStatics];

    private long _suspended;
    private bool _hasBegun;
    private bool _isInCollection;
    private bool _isTold;
    private volatile bool _isComplete;

    /// <summary>What is to be asked for.</summary>
    public EventRequest Request { get; } = EventRequest.Runtime(
        RuntimeProvider.CollectionKeyword | RuntimeProvider.TypeKeyword | RuntimeProvider.HeapDumpKeyword
            | RuntimeProvider.HeapCollectKeyword | (asksForNames ? RuntimeProvider.TypeNamesKeyword : 0),
        EventLevel.Informational,
        paths ? [.. s_ids, .. s_pathIds] : s_ids);

    /// <summary>Whether the runtime was asked for the names of types.</summary>
    public bool AsksForNames => asksForNames;

    /// <summary>Whether a heap has been told of to its end.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>Events that the runtime had no room for.</summary>
    public long Lost { get; private set; }

    /// <summary>How long the process was stopped.</summary>
    public TimeSpan Pause { get; private set; }

    /// <summary>The names of the types.</summary>
    public EventTypes Types { get; } = new();

    /// <summary>Objects and bytes by type.</summary>
    public Dictionary<ulong, (long Objects, long Bytes)> Totals { get; } = [];

    /// <summary>Objects and bytes of types that have no name. Once it is complete.</summary>
    public (long Objects, long Bytes) Unnamed => Totals
        .Where(total => !Types.Knows(total.Key))
        .Aggregate((0L, 0L), static (sum, total) => (sum.Item1 + total.Value.Objects, sum.Item2 + total.Value.Bytes));

    /// <summary>The objects, where paths are of interest.</summary>
    public List<HeapObject> Objects { get; } = [];

    /// <summary>Their references, object by object.</summary>
    public List<ulong> References { get; } = [];

    /// <summary>What keeps objects alive.</summary>
    public List<EventRoot> Roots { get; } = [];

    /// <summary>Objects that others keep alive.</summary>
    public List<DependentObject> Dependents { get; } = [];

    /// <inheritdoc/>
    public override void OnEvent(in RuntimeEvent data)
    {
        if (data.Id == RuntimeProvider.BulkTypes)
        {
            Types.Add(data);
            return;
        }

        if (_isComplete)
        {
            return;
        }

        switch (data.Id)
        {
            case RuntimeProvider.SuspendBegin when !_isTold:
                _suspended = data.Timestamp;
                break;
            case RuntimeProvider.CollectionStart:
                _hasBegun = _isInCollection = true;
                break;

            // The end of what is told because of another session: it had begun before this one.
            case RuntimeProvider.BulkNodes or RuntimeProvider.BulkEdges or RuntimeProvider.BulkRoots
                or RuntimeProvider.BulkDependents or RuntimeProvider.BulkStatics when !_hasBegun:
                break;
            case RuntimeProvider.BulkNodes:
                _isTold = true;
                AddObjects(new BulkNodes(data));
                break;
            case RuntimeProvider.BulkEdges:
                AddReferences(new BulkEdges(data));
                break;
            case RuntimeProvider.BulkRoots:
                AddRoots(new BulkRoots(data));
                break;
            case RuntimeProvider.BulkDependents:
                AddDependents(new BulkDependents(data));
                break;
            case RuntimeProvider.BulkStatics:
                AddStatics(new BulkStatics(data));
                break;
            case RuntimeProvider.CollectionEnd:
                _isInCollection = false;
                break;
            case RuntimeProvider.RestartEnd when _isTold && !_isInCollection:
                Pause = Stopwatch.GetElapsedTime(_suspended, data.Timestamp);
                _isComplete = true;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnLost(long count) => Lost += count;

    private void AddObjects(BulkNodes nodes)
    {
        for (int i = 0; i < nodes.Count; i++)
        {
            ulong type = nodes.Type(i);
            ulong size = Math.Max(MinObject, (nodes.Size(i) + Alignment - 1) & ~(ulong)(Alignment - 1));
            ref (long Objects, long Bytes) total = ref CollectionsMarshal.GetValueRefOrAddDefault(Totals, type, out _);
            total = (total.Objects + 1, total.Bytes + (long)size);
            if (paths)
            {
                Objects.Add(new HeapObject(nodes.Address(i), size, type, nodes.References(i)));
            }
        }
    }

    private void AddReferences(BulkEdges edges)
    {
        for (int i = 0; i < edges.Count; i++)
        {
            References.Add(edges.Target(i));
        }
    }

    private void AddRoots(BulkRoots roots)
    {
        for (int i = 0; i < roots.Count; i++)
        {
            BulkRootFlags flags = roots.Flags(i);
            if (!flags.HasFlag(BulkRootFlags.WeakRef) && roots.Target(i) is not 0 and ulong target)
            {
                Roots.Add(new EventRoot(target, KindOf(roots.Kind(i), flags)));
            }
        }
    }

    private void AddDependents(BulkDependents dependents)
    {
        for (int i = 0; i < dependents.Count; i++)
        {
            Dependents.Add(new DependentObject(dependents.Key(i), dependents.Value(i)));
        }
    }

    private void AddStatics(BulkStatics statics)
    {
        while (statics.MoveNext())
        {
            if (statics.Target != 0)
            {
                Roots.Add(new EventRoot(
                    statics.Target, statics.IsThreadLocal ? RootKind.ThreadStatic : RootKind.StaticField, statics.Name.ToString()));
            }
        }
    }

    private static RootKind KindOf(BulkRootKind kind, BulkRootFlags flags) => kind switch
    {
        BulkRootKind.Handle when flags.HasFlag(BulkRootFlags.RefCounted) => RootKind.RefCountedHandle,
        BulkRootKind.Handle when flags.HasFlag(BulkRootFlags.Pinning) => RootKind.PinnedHandle,
        BulkRootKind.Handle => RootKind.Handle,
        BulkRootKind.Finalizer => RootKind.FinalizerQueue,
        _ => RootKind.Stack,
    };
}
