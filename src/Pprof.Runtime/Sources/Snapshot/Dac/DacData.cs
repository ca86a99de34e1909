using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.Dac;

/// <summary><c>DacpThreadStoreData</c> of the runtime's dacprivate.h, whose structures never change.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ThreadStoreData
{
    public int ThreadCount;
    public int UnstartedThreadCount;
    public int BackgroundThreadCount;
    public int PendingThreadCount;
    public int DeadThreadCount;
    public ulong FirstThread;
    public ulong FinalizerThread;
    public ulong GcThread;
    public uint HostConfiguration;
}

/// <summary><c>DacpThreadData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ThreadData
{
    public uint ManagedId;
    public uint SystemId;
    public int State;
    public uint PreemptiveDisabled;
    public ulong AllocationPointer;
    public ulong AllocationLimit;
    public ulong Context;
    public ulong Domain;
    public ulong Frame;
    public uint LockCount;
    public ulong FirstNestedException;
    public ulong Teb;
    public ulong FiberData;
    public ulong LastThrownObjectHandle;
    public ulong NextThread;
}

/// <summary><c>DacpGcHeapData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GcHeapData
{
    public int IsServer;
    public int IsValid;
    public uint HeapCount;
    public uint MaxGeneration;
}

/// <summary><c>DacpGenerationData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GenerationData
{
    public ulong StartSegment;
    public ulong AllocationStart;
    public ulong AllocationPointer;
    public ulong AllocationLimit;
}

/// <summary><c>DacpGcHeapDetails</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GcHeapDetails
{
    public ulong Heap;
    public ulong Allocated;
    public ulong MarkArray;
    public ulong State;
    public ulong NextSweep;
    public ulong SavedSweepSegment;
    public ulong SavedSweepStart;
    public ulong BackgroundLowest;
    public ulong BackgroundHighest;
    public Generations Table;
    public ulong EphemeralSegment;
    public FillPointers Finalization;
    public ulong Lowest;
    public ulong Highest;
    public ulong CardTable;

    /// <summary>Those that there were before that of pinned objects.</summary>
    [InlineArray(4)]
    public struct Generations
    {
        private GenerationData _first;
    }

    /// <summary>The ends of the parts of the finalization queue.</summary>
    [InlineArray(7)]
    public struct FillPointers
    {
        private ulong _first;
    }
}

/// <summary><c>DacpHeapSegmentData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HeapSegmentData
{
    public ulong Address;
    public ulong Allocated;
    public ulong Committed;
    public ulong Reserved;
    public ulong Used;
    public ulong Start;
    public ulong Next;
    public ulong Heap;
    public ulong HighAllocationMark;
    public ulong Flags;
    public ulong BackgroundAllocated;
}

/// <summary><c>DacpUsefulGlobalsData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UsefulGlobalsData
{
    public ulong ArrayMethodTable;
    public ulong StringMethodTable;
    public ulong ObjectMethodTable;
    public ulong ExceptionMethodTable;
    public ulong FreeMethodTable;
}

/// <summary><c>DacpAppDomainStoreData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AppDomainStoreData
{
    public ulong SharedDomain;
    public ulong SystemDomain;
    public int DomainCount;
}

/// <summary><c>DacpSyncBlockData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SyncBlockData
{
    public ulong Object;
    public int IsFree;
    public ulong Address;
    public uint ComFlags;

    /// <summary>In the lowest bit whether the monitor is held, above that how many wait for it.</summary>
    public uint Held;
    public uint Recursion;
    public ulong HoldingThread;

    /// <summary>How many wait to be pulsed.</summary>
    public uint PulseWaiters;
    public ulong Domain;
    public uint Count;
}

/// <summary><c>DacpCodeHeaderData</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CodeHeaderData
{
    public ulong GcInfo;
    public int JitKind;
    public ulong Method;
    public ulong Start;
    public uint Size;
    public ulong ColdStart;
    public uint ColdSize;
    public uint HotSize;
}

/// <summary><c>DacpMethodDescData</c>; of what follows the type nothing is used.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct MethodData
{
    public int HasCode;
    public int IsDynamic;
    public ushort Slot;
    public ulong Code;
    public ulong CodeSlot;
    public ulong Method;
    public ulong MethodTable;
}

/// <summary><c>SOSHandleData</c> of sospriv.idl.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HandleData
{
    public ulong Domain;
    public ulong Handle;
    public ulong Secondary;
    public HandleKind Kind;
    public int IsStrong;
    public uint References;
    public uint TrackerReferences;
    public int IsPegged;
}

/// <summary>The kinds of handles, HNDTYPE_ of the runtime's gcinterface.h.</summary>
internal enum HandleKind : uint
{
    /// <summary>Does not keep its object, and does not follow it into its finalizer.</summary>
    WeakShort,

    /// <summary>Does not keep its object.</summary>
    WeakLong,

    /// <summary>Keeps its object.</summary>
    Strong,

    /// <summary>Keeps its object where it is.</summary>
    Pinned,

    /// <summary>Of no use any more.</summary>
    Variable,

    /// <summary>Keeps its object while native code counts references to it.</summary>
    RefCounted,

    /// <summary>Keeps one object as long as another lives.</summary>
    Dependent,

    /// <summary>Keeps its object, and what that holds, where it is.</summary>
    AsyncPinned,

    /// <summary>Keeps its object, and tells its size.</summary>
    SizedReference,
}
