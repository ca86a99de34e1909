using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Snapshot.Dac;

namespace Pprof.Sources.Snapshot;

/// <summary>Why an object is alive that nothing in the heap refers to.</summary>
internal enum RootKind
{
    /// <summary>A static field has it.</summary>
    StaticField,

    /// <summary>The static fields of one thread have it.</summary>
    ThreadStatic,

    /// <summary>Static fields of types that are not known have it.</summary>
    OtherStatic,

    /// <summary>A GCHandle, or one of the runtime's own.</summary>
    Handle,

    /// <summary>One that also keeps it in its place.</summary>
    PinnedHandle,

    /// <summary>Native code counts references to it.</summary>
    RefCountedHandle,

    /// <summary>Its finalizer is to run.</summary>
    FinalizerQueue,

    /// <summary>Another object keeps it, as a ConditionalWeakTable has it.</summary>
    DependentHandle,

    /// <summary>The stack of a thread has it.</summary>
    Stack,

    /// <summary>It is never collected: a literal, a type.</summary>
    Frozen,

    /// <summary>Roots for which the copy has no room.</summary>
    Other,
}

/// <summary>Where an object is held from.</summary>
/// <param name="Kind">By what.</param>
/// <param name="MethodTable">The type of a static field.</param>
/// <param name="Field">The number of that field in its module.</param>
/// <param name="Name">
/// The name of the thread, null for all that have no name of their own here; of a field of which no number is known, its own.
/// </param>
internal readonly record struct RootLabel(RootKind Kind, ulong MethodTable = 0, uint Field = 0, string? Name = null);

/// <summary>The roots of a copy's heap, with what they are.</summary>
internal sealed class HeapRoots
{
    private const int PointerBytes = 8;

    private readonly DacInterface _dac;
    private readonly CopyMemory _memory;
    private readonly SnapshotPatience _patience;
    private readonly Dictionary<RootLabel, uint> _labels = [];

    /// <summary>Finds them.</summary>
    /// <param name="dac">Looks into the copy.</param>
    /// <param name="memory">Its memory.</param>
    /// <param name="layout">Its heap.</param>
    /// <param name="rests">Where threads waited that have not run while the copy was made.</param>
    /// <param name="map">The regions of its memory.</param>
    /// <param name="patience">How long that may take.</param>
    public HeapRoots(
        DacInterface dac, CopyMemory memory, HeapLayout layout, IReadOnlyDictionary<int, ThreadRest> rests, ProcessMap map, SnapshotPatience patience)
    {
        _dac = dac;
        _memory = memory;
        _patience = patience;
        DependentLabel = LabelOf(new RootLabel(RootKind.DependentHandle));
        FrozenLabel = LabelOf(new RootLabel(RootKind.Frozen));
        OtherLabel = LabelOf(new RootLabel(RootKind.Other));
        var statics = new StaticFields(dac, memory, patience);
        foreach ((RootLabel field, ulong value) in statics.References())
        {
            Add(value, field, 0);
        }

        AddThreads(rests, map);
        AddHandles(statics);
        AddFinalizerQueue(layout);

        // Those of a group stay as they were found: of two fields that have one object the same names it in every snapshot.
        Roots = [.. Roots.OrderBy(static root => root.Group)];
    }

    /// <summary>Objects that are alive, by groups.</summary>
    public List<HeapRoot> Roots { get; private set; } = [];

    /// <summary>The stacks of threads.</summary>
    public List<StackRange> Stacks { get; } = [];

    /// <summary>Objects that others keep alive.</summary>
    public List<DependentObject> Dependents { get; } = [];

    /// <summary>What the numbers of labels stand for.</summary>
    public List<RootLabel> Labels { get; } = [];

    /// <summary>The label of what <see cref="Dependents"/> keep.</summary>
    public uint DependentLabel { get; }

    /// <summary>The label of what is never collected.</summary>
    public uint FrozenLabel { get; }

    /// <summary>The label of what is held by a root for which there is no room.</summary>
    public uint OtherLabel { get; }

    /// <summary>The name of a root of which no more is known than its kind.</summary>
    public static string NameOf(RootKind kind) => kind switch
    {
        RootKind.OtherStatic => "[static fields]",
        RootKind.Handle => "[GC handle]",
        RootKind.PinnedHandle => "[pinned GC handle]",
        RootKind.RefCountedHandle => "[GC handle of native code]",
        RootKind.FinalizerQueue => "[finalizer queue]",
        RootKind.DependentHandle => "[dependent handle]",
        RootKind.Other => "[other roots]",
        _ => "[never collected]",
    };

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

    private void Add(ulong value, RootLabel label, uint group)
    {
        if (value != 0)
        {
            Roots.Add(new HeapRoot(value, LabelOf(label), group));
        }
    }

    private void AddThreads(IReadOnlyDictionary<int, ThreadRest> rests, ProcessMap map)
    {
        foreach ((ulong address, ThreadData thread) in _dac.Threads())
        {
            _patience.Check();
            (ulong low, ulong high) = _dac.StackOf(address);
            if (thread.SystemId == 0 || high <= low)
            {
                continue;
            }

            string? name = ThreadNames.Instance.Of(SystemThreads.NameOf((int)thread.SystemId));
            foreach (ulong array in StaticFields.ThreadStatics(_memory, address))
            {
                Add(array, new RootLabel(RootKind.ThreadStatic, Name: name), 1);
            }

            // The stack of the first thread grows: what is below its region is no memory yet.
            if (map.Find((nuint)high - PointerBytes) is not { } region)
            {
                continue;
            }

            ulong start = Math.Max(low, region.Start);
            if (rests.TryGetValue((int)thread.SystemId, out ThreadRest rest) && rest.Sp > start && rest.Sp < high)
            {
                start = rest.Sp;
            }

            Stacks.Add(new StackRange(start & ~7UL, high & ~7UL, LabelOf(new RootLabel(RootKind.Stack, Name: name))));
        }
    }

    private void AddHandles(StaticFields statics)
    {
        foreach (HandleData handle in _dac.Handles(_patience))
        {
            _patience.Check();
            ulong value = _memory.Read<ulong>(handle.Handle);
            if (handle.Kind == HandleKind.Dependent)
            {
                Dependents.Add(new DependentObject(value, handle.Secondary));
                continue;
            }

            if (handle.IsStrong == 0)
            {
                continue;
            }

            RootKind kind = statics.IsArrayOfFields(value) ? RootKind.OtherStatic
                : handle.Kind switch
                {
                    HandleKind.Pinned or HandleKind.AsyncPinned => RootKind.PinnedHandle,
                    HandleKind.RefCounted => RootKind.RefCountedHandle,
                    _ => RootKind.Handle,
                };
            Add(value, new RootLabel(kind), kind == RootKind.OtherStatic ? 3u : 2u);
        }
    }

    private void AddFinalizerQueue(HeapLayout layout)
    {
        Span<ulong> batch = stackalloc ulong[64];
        foreach (GcHeapDetails heap in layout.Heaps)
        {
            // The last two parts are of those that are to be finalized; the one before them ends where they begin.
            ulong[] ends = _dac.FinalizationQueue(heap);
            if (ends.Length < 3)
            {
                continue;
            }

            for (ulong at = ends[^3]; at < ends[^1];)
            {
                Span<ulong> part = batch[..(int)Math.Min((ulong)batch.Length, (ends[^1] - at) / PointerBytes)];
                if (part.IsEmpty || _memory.Read(at, MemoryMarshal.AsBytes(part)) != part.Length * PointerBytes)
                {
                    break;
                }

                _patience.Check();
                foreach (ulong value in part)
                {
                    Add(value, new RootLabel(RootKind.FinalizerQueue), 4);
                }

                at += (ulong)(part.Length * PointerBytes);
            }
        }
    }
}
