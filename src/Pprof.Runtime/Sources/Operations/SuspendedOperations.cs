using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Operations.NativeAot;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Waiting;

namespace Pprof.Sources.Operations;

/// <summary>All operations of a snapshot that are not completed, and which of them awaits which.</summary>
internal sealed class SuspendedOperations
{
    // TASK_STATE_… of the class library's Task: ran to completion, faulted, canceled.
    private const int CompletedFlags = 0x1000000 | 0x200000 | 0x400000;
    private const int Batch = 512;
    private const int MaxWindow = 4096;

    // Who awaits one task, and what waits for it otherwise: as many as are looked at.
    private const int MaxTargets = 64;

    private static readonly int s_flags =
        !ManagedRuntime.IsCoreClr ? KnownPlaces.Instance?.TaskFlags ?? -1
        : ObjectFields.Find(typeof(Task), "m_stateFlags") is { } flags ? ObjectFields.Header + ObjectFields.OffsetOf(flags) : -1;

    private readonly HeapCopy _snapshot;
    private readonly AwaitedSearch? _awaited;
    private readonly Continuations _continuations;
    private readonly Dictionary<ulong, StateMachineShape?> _shapes = [];
    private readonly Dictionary<ulong, AsyncOperation> _byAddress = [];

    // State machines that are objects of their own: async iterators are awaited by them.
    private readonly Dictionary<ulong, AsyncOperation> _byMachine = [];
    private readonly List<(AsyncOperation Operation, ulong Continuation)> _links = [];
    private readonly Dictionary<AsyncOperation, AsyncOperation> _inner = [];
    private readonly Dictionary<ulong, AsyncOperation> _byEnd = [];
    private readonly List<AsyncOperation> _targets = [];
    private readonly List<ulong> _ends = [];
    private bool _isCombined;

    /// <summary>Finds them.</summary>
    /// <exception cref="SnapshotException">The class library keeps them in another way than is known.</exception>
    /// <param name="snapshot">The heap.</param>
    /// <param name="others">Gets the objects of other types that are wanted, so that the heap is walked once for all.</param>
    public SuspendedOperations(HeapCopy snapshot, KnownObjects? others = null)
    {
        _snapshot = snapshot;
        if ((ManagedRuntime.IsCoreClr && !ObjectFields.IsSupported) || s_flags < 0)
        {
            throw new SnapshotException("this version of the runtime keeps fields in another way than is known");
        }

        _continuations = new Continuations(snapshot);
        _awaited = ManagedRuntime.IsCoreClr ? null : new AwaitedSearch(snapshot, KnownPlaces.Instance!);
        ReadOnlySpan<nuint> found = snapshot.Find(methodTable => IsWanted(methodTable) | (others?.IsWanted(methodTable) ?? false));
        others?.Take(found);
        Read(found);
        LinkContinuations();
        LinkAwaited();
    }

    /// <summary>The operations.</summary>
    public IReadOnlyCollection<AsyncOperation> All => _byAddress.Values;

    /// <summary>Whether a task has completed, or what is at the address is no task.</summary>
    public static bool IsCompleted(HeapCopy snapshot, ulong task) => (FlagsOf(snapshot, task) & CompletedFlags) != 0;

    /// <summary>What has become of a task, as the class library's <c>TASK_STATE_…</c>.</summary>
    public static int FlagsOf(HeapCopy snapshot, ulong task) => snapshot.Memory.Read<int>(task + (ulong)s_flags);

    /// <summary>The operation that an awaited object stands for, if it is one.</summary>
    public AsyncOperation? Find(ulong awaited) => _byAddress.GetValueOrDefault(awaited) ?? _byMachine.GetValueOrDefault(awaited);

    /// <summary>The operation whose completion leads to an object that is none: one that a thread waits on, say.</summary>
    public AsyncOperation? LeadingTo(ulong address) => _byEnd.GetValueOrDefault(address);

    /// <summary>The operation that one awaits, if it awaits one and nothing else does.</summary>
    public AsyncOperation? InnerOf(AsyncOperation operation) => _inner.GetValueOrDefault(operation);

    /// <summary>What a task leads to when it completes: operations, and objects that are none.</summary>
    public (AsyncOperation? Operation, IReadOnlyList<ulong> Others) Follow(ulong task)
    {
        _targets.Clear();
        _ends.Clear();
        _isCombined = false;
        _continuations.Follow(_snapshot.Memory.Read<ulong>(task + (ulong)_continuations.OfTask), Reached, []);
        return (_targets.Count == 0 ? null : _targets[0], _ends);
    }

    private bool IsWanted(ulong methodTable)
    {
        Type? type = methodTable == _snapshot.FreeMethodTable ? null : _snapshot.TypeOf(methodTable);
        if (!StateMachineShape.IsBox(type))
        {
            return false;
        }

        _shapes.Add(methodTable, StateMachineShape.Of(methodTable, type!));
        return true;
    }

    private void Read(ReadOnlySpan<nuint> addresses)
    {
        int window = 64;
        foreach (ulong methodTable in _shapes.Keys)
        {
            // The second word of a method table is the size of an object.
            window = Math.Max(window, (int)Math.Min(MaxWindow, _snapshot.Memory.Read<uint>(methodTable + 4)));
        }

        byte[] buffer = new byte[Batch * window];
        byte[] machine = new byte[MaxWindow];
        while (!addresses.IsEmpty)
        {
            _snapshot.Patience.CheckNow();
            ReadOnlySpan<nuint> batch = addresses[..Math.Min(Batch, addresses.Length)];
            addresses = addresses[batch.Length..];
            bool all = _snapshot.Memory.TryReadAll(batch, window, buffer);
            for (int i = 0; i < batch.Length; i++)
            {
                Span<byte> box = buffer.AsSpan(i * window, window);
                if (!all)
                {
                    // Behind the last object of a region there may be no memory.
                    int read = _snapshot.Memory.Read(batch[i], box);
                    box[read..].Clear();
                }

                Add(batch[i], box, machine);
            }
        }
    }

    private void Add(ulong address, ReadOnlySpan<byte> box, Span<byte> buffer)
    {
        if (_shapes.GetValueOrDefault(Word(box, 0) & ~7UL) is not { } shape
            || (shape.IsTask && (Number(box, s_flags) & CompletedFlags) != 0))
        {
            return;
        }

        ulong machine = shape.IsMachineObject ? Word(box, shape.MachinePlace) : 0;
        if (shape.IsMachineObject)
        {
            if (machine == 0)
            {
                return;
            }

            ulong methodTable = _snapshot.Memory.Read<ulong>(machine) & ~7UL;
            if (!ManagedRuntime.IsCoreClr && _snapshot.TypeOf(methodTable) != shape.Machine)
            {
                return;
            }

            buffer.Clear();
            _snapshot.Memory.Read(machine, buffer[..(int)Math.Min(MaxWindow, Math.Max(64, _snapshot.Memory.Read<uint>(methodTable + 4)))]);
        }

        ReadOnlySpan<byte> fields = shape.IsMachineObject ? buffer : box;
        (ulong awaited, bool isPending) = _awaited?.Find(shape, fields, address) ?? (FirstOf(fields, shape.AwaiterPlaces), true);

        // One of a pool, which nobody uses.
        if (!shape.IsTask && awaited == 0 && (shape.ContextPlace < 0 || Word(box, shape.ContextPlace) == 0))
        {
            return;
        }

        var operation = new AsyncOperation
        {
            Shape = shape,
            Address = address,
            State = shape.StatePlace >= 0 ? Number(fields, shape.StatePlace) : isPending ? 0 : StateMachineShape.Running,
            Awaited = awaited,
            Context = shape.ContextPlace >= 0 ? Word(box, shape.ContextPlace) : 0,
        };
        _byAddress[address] = operation;
        if (shape.IsMachineObject)
        {
            _byMachine[machine] = operation;
        }

        if (shape.IsTask)
        {
            _links.Add((operation, Word(box, _continuations.OfTask)));
        }
    }

    /// <summary>Who awaits a task is what it calls when it completes.</summary>
    private void LinkContinuations()
    {
        HashSet<ulong> followed = [];
        foreach ((AsyncOperation inner, ulong continuation) in _links)
        {
            _targets.Clear();
            _ends.Clear();
            _isCombined = false;
            _continuations.Follow(continuation, Reached, followed);
            if (_targets is [var outer] && !_isCombined && inner.IsSuspended && outer != inner)
            {
                inner.Awaiter = outer;
                outer.HasInner = true;
                _inner.TryAdd(outer, inner);
            }

            foreach (ulong end in _ends)
            {
                _byEnd.TryAdd(end, inner);
            }
        }
    }

    /// <summary>Whether more is to be found: not of what awaits several tasks, each of which would find all the others that do.</summary>
    private bool Reached(ulong address, bool isCombined)
    {
        if (_byAddress.TryGetValue(address, out AsyncOperation? operation))
        {
            _targets.Add(operation);
            _isCombined |= isCombined;
        }
        else
        {
            _ends.Add(address);
        }

        return _targets.Count < MaxTargets && !_isCombined;
    }

    /// <summary>What is awaited without a task knows nobody who awaits it: there the awaiter leads inward.</summary>
    private void LinkAwaited()
    {
        foreach (AsyncOperation outer in _byAddress.Values)
        {
            _snapshot.Patience.Check();
            if (!outer.HasInner && outer.Awaited != 0
                && (_byMachine.GetValueOrDefault(outer.Awaited) ?? _byAddress.GetValueOrDefault(outer.Awaited)) is { Awaiter: null, IsSuspended: true } inner
                && (inner.Address != outer.Awaited || !inner.Shape.IsTask) && inner != outer)
            {
                inner.Awaiter = outer;
                outer.HasInner = true;
                _inner.TryAdd(outer, inner);
            }
        }
    }

    private static ulong FirstOf(ReadOnlySpan<byte> fields, IReadOnlyList<int> places)
    {
        for (int i = 0; i < places.Count; i++)
        {
            if (Word(fields, places[i]) is ulong reference and not 0)
            {
                return reference;
            }
        }

        return 0;
    }

    private static ulong Word(ReadOnlySpan<byte> memory, int place) =>
        place + 8 <= memory.Length ? MemoryMarshal.Read<ulong>(memory[place..]) : 0;

    private static int Number(ReadOnlySpan<byte> memory, int place) =>
        place + 4 <= memory.Length ? MemoryMarshal.Read<int>(memory[place..]) : 0;
}
