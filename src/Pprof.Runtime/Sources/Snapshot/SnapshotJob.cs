using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot;

/// <summary>A region of the heap: <c>segment</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct HeapSegment(ulong Start, ulong End, ulong FirstBit, HeapSegmentKind Kind);

/// <summary>What is particular about a region.</summary>
internal enum HeapSegmentKind : ulong
{
    /// <summary>Threads may be allocating in it.</summary>
    WithContexts,

    /// <summary>All of it is objects.</summary>
    Plain,

    /// <summary>All of it is objects, which are never collected.</summary>
    Frozen,
}

/// <summary>Memory that a thread allocates from, which has no objects yet: <c>range</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct MemoryRange(ulong Start, ulong End);

/// <summary>An object that is alive whoever refers to it: <c>root</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct HeapRoot(ulong Object, uint Label, uint Group);

/// <summary>A part of a thread's stack: <c>stack</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct StackRange(ulong Start, ulong End, ulong Label);

/// <summary>An object, and one that is alive as long as it is: <c>dependent</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct DependentObject(ulong Primary, ulong Secondary);

/// <summary>What there is of a type: <c>type</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HeapType
{
    public ulong MethodTable;
    public ulong Count;
    public ulong Bytes;
    public ulong LiveCount;
    public ulong LiveBytes;

    /// <summary>The object that every one of this type keeps, where the type can be unloaded; 0 where it cannot.</summary>
    public ulong Loader;
    public uint Wanted;

    /// <summary>1 where it is one of <see cref="TimerTypes"/>.</summary>
    public uint IsTimer;
}

/// <summary>A type on the way from a root, and where its holder has it: <c>node</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HeapNode
{
    public const uint None = uint.MaxValue;

    /// <summary>In the place of an offset: only the root and the type are known of the way, because there were too many.</summary>
    public const uint NoWay = uint.MaxValue;

    /// <summary>The type; of a root its label.</summary>
    public ulong MethodTable;
    public ulong Count;
    public ulong Bytes;

    /// <summary>The node of the holder; none where it is a root.</summary>
    public uint Parent;

    /// <summary>Where in the holder the reference is; 0 where that is an array.</summary>
    public uint Offset;
}

/// <summary>What the parent and its copy tell each other: <c>job</c> in snapshot.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SnapshotJob
{
    public const int MaxTypes = 1 << 16;
    public const int MaxNodes = 1 << 20;

    public uint Command;
    public uint Done;
    public long ParentId;
    public ulong FreeMethodTable;

    /// <summary>The type that all others derive from, in a NativeAOT program; 0 with a JIT.</summary>
    public ulong ObjectMethodTable;
    public ulong MemoryLimit;
    public ulong WantsPaths;
    public HeapSegment* Segments;
    public ulong SegmentCount;
    public ulong BitCount;
    public MemoryRange* Contexts;
    public ulong ContextCount;
    public HeapRoot* Roots;
    public ulong RootCount;
    public StackRange* Stacks;
    public ulong StackCount;
    public DependentObject* Dependents;
    public ulong DependentCount;
    public ulong DependentLabel;
    public ulong FrozenLabel;
    public ulong OtherLabel;
    public HeapType* Types;
    public HeapNode* Nodes;
    public ulong* Found;
    public ulong FoundCapacity;

    public ulong FoundCount;
    public ulong NodeCount;
    public ulong TypeCount;
    public ulong CloneNanoseconds;
    public ulong Nanoseconds;
    public ulong Error;
    public ulong Memory;
    public ulong Objects;
    public ulong Bytes;
    public ulong LiveObjects;
    public ulong LiveBytes;
    public ulong UnreadableObjects;
    public ulong SkippedBytes;
    public ulong LostReferences;
    public ulong FoldedObjects;
    public ulong LostObjects;

    // What the copy keeps for itself.
    public fixed ulong Own[11];
}
