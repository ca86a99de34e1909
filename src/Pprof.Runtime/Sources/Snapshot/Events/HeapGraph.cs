using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// Finds the ways from the roots to the objects that the runtime told of, as snapshot.c does in a copy of the process: breadth
/// first, one group of roots after the other, so that an object stands with the first group that reaches it, on the shortest
/// way there. Belongs to one thread.
/// </summary>
internal sealed class HeapGraph
{
    private const int CancellationInterval = 1 << 14;

    // Timers hang on a static field by an array and a queue.
    private const int LevelsAboveTimers = 2;

    private static readonly RootKind[] s_lasting = [RootKind.ThreadStatic, RootKind.Handle, RootKind.PinnedHandle, RootKind.RefCountedHandle];

    private readonly HeapEvents _events;
    private readonly CancellationToken _cancellation;

    // The objects' addresses, sorted, and which object is where. Nothing of the second where they came so.
    private readonly ulong[] _addresses;
    private readonly int[]? _sorted;

    // Where in the list of references those of each object begin.
    private readonly int[] _references;
    private readonly bool[] _isReached;
    private readonly uint[] _nodeOf;
    private readonly HeapNodes _nodes;
    private readonly Dictionary<RootLabel, uint> _labels = [];
    private readonly Queue<int> _queue = [];

    // Where only these are to be reached.
    private HashSet<ulong>? _only;

    /// <summary>Finds them.</summary>
    /// <param name="events">What the runtime told.</param>
    /// <param name="cancellation">Nobody wants it any more.</param>
    /// <exception cref="OperationCanceledException">Nobody does.</exception>
    public HeapGraph(HeapEvents events, CancellationToken cancellation)
    {
        _events = events;
        _nodes = new HeapNodes(events.Types);
        _cancellation = cancellation;
        ReadOnlySpan<HeapObject> objects = CollectionsMarshal.AsSpan(events.Objects);
        _addresses = new ulong[objects.Length];
        _references = new int[objects.Length + 1];
        _isReached = new bool[objects.Length];
        _nodeOf = new uint[objects.Length];
        bool isSorted = true;
        for (int i = 0; i < objects.Length; i++)
        {
            _addresses[i] = objects[i].Address;
            _references[i + 1] = _references[i] + objects[i].References;
            isSorted &= i == 0 || _addresses[i - 1] < _addresses[i];
        }

        if (!isSorted)
        {
            _sorted = [.. Enumerable.Range(0, objects.Length)];
            Array.Sort(_addresses, _sorted);
        }

        Mark();
    }

    /// <summary>The ways.</summary>
    public ReadOnlySpan<HeapNode> Nodes => _nodes.All;

    /// <summary>What the numbers of labels stand for.</summary>
    public List<RootLabel> Labels { get; } = [];

    private void Mark()
    {
        MarkStatics();
        foreach (RootKind kind in s_lasting)
        {
            Reach(kind);
            Drain();
        }

        ReachDependents();
        Reach(RootKind.FinalizerQueue);
        Drain();
        ReachDependents();
        Reach(RootKind.Stack);
        Drain();
        ReachDependents();

        // Literals and the like, of which the runtime does not say what keeps them.
        uint frozen = _nodes.For(HeapNode.None, LabelOf(new RootLabel(RootKind.Frozen)));
        for (int i = 0; i < _isReached.Length; i++)
        {
            ReachObject(i, frozen);
        }

        Drain();
    }

    /// <summary>
    /// The static fields, with the timers at their turn: their lists are reached from their queues before anything else is, and
    /// what else they lead to is as far from the roots as it is. See <see cref="TimerTypes"/>.
    /// </summary>
    private void MarkStatics()
    {
        _only = [.. _events.Totals.Keys.Where(type => TimerTypes.Contains(_events.Types.NameOf(type)))];
        Reach(RootKind.StaticField);
        List<int> timers = [];
        while (_queue.TryDequeue(out int index))
        {
            timers.Add(index);
            ReachFrom(index);
        }

        _only = null;
        Reach(RootKind.StaticField);
        for (int level = 0; level < LevelsAboveTimers; level++)
        {
            for (int left = _queue.Count; left > 0; left--)
            {
                ReachFrom(_queue.Dequeue());
            }
        }

        timers.ForEach(_queue.Enqueue);
        Drain();
    }

    private void Reach(RootKind kind)
    {
        foreach (EventRoot root in _events.Roots)
        {
            if (root.Kind == kind)
            {
                ReachAddress(root.Object, _nodes.For(HeapNode.None, LabelOf(new RootLabel(kind, Name: root.Field))));
            }
        }
    }

    /// <summary>What hangs on a dependent handle is alive as long as what it depends on is.</summary>
    private void ReachDependents()
    {
        bool isFound;
        do
        {
            isFound = false;
            foreach (DependentObject dependent in _events.Dependents)
            {
                int key = Find(dependent.Primary);
                int value = Find(dependent.Secondary);
                if (key >= 0 && value >= 0 && _isReached[key] && !_isReached[value])
                {
                    uint root = _nodes.For(HeapNode.None, LabelOf(new RootLabel(RootKind.DependentHandle)));
                    ReachObject(value, _nodes.For(root, _events.Objects[key].Type));
                    isFound = true;
                }
            }

            Drain();
        }
        while (isFound);
    }

    private void ReachAddress(ulong address, uint parent)
    {
        if (Find(address) is >= 0 and int index)
        {
            ReachObject(index, parent);
        }
    }

    private void ReachObject(int index, uint parent)
    {
        HeapObject reached = _events.Objects[index];
        if (_isReached[index] || _only?.Contains(reached.Type) == false)
        {
            return;
        }

        _isReached[index] = true;
        uint number = _nodes.For(parent, reached.Type);
        ref HeapNode node = ref _nodes.All[(int)number];
        node.Count++;
        node.Bytes += reached.Size;
        if (reached.References > 0)
        {
            _nodeOf[index] = number;
            _queue.Enqueue(index);
        }
    }

    private void Drain()
    {
        for (int count = 0; _queue.TryDequeue(out int index); count++)
        {
            if (count % CancellationInterval == 0)
            {
                _cancellation.ThrowIfCancellationRequested();
            }

            ReachFrom(index);
        }
    }

    private void ReachFrom(int index)
    {
        ReadOnlySpan<ulong> references = CollectionsMarshal.AsSpan(_events.References);
        int end = Math.Min(_references[index + 1], references.Length);
        for (int i = _references[index]; i < end; i++)
        {
            ReachAddress(references[i], _nodeOf[index]);
        }
    }

    /// <summary>The object at an address; less than 0 where there is none.</summary>
    private int Find(ulong address)
    {
        int at = Array.BinarySearch(_addresses, address);
        return at < 0 || _sorted is null ? at : _sorted[at];
    }

    private uint LabelOf(RootLabel label)
    {
        if (!_labels.TryGetValue(label, out uint number))
        {
            number = (uint)Labels.Count;
            _labels.Add(label, number);
            Labels.Add(label);
        }

        return number;
    }
}
