using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Waits.Linked;

/// <summary>The hooks that were linked into this program: <c>pprof_wait_hooks</c> of waits.c.</summary>
internal sealed unsafe class LinkedWaitHooks
{
    private const string Export = "pprof_wait_hooks";
    private const long Version = 1;

    private readonly Table* _table;

    private LinkedWaitHooks(Table* table) => _table = table;

    /// <summary>Those of this program; null where it has none, or those of another release of this package.</summary>
    public static LinkedWaitHooks? Instance { get; } = LinkedTable.Find(Export, Version) is not 0 and nint table ? new LinkedWaitHooks((Table*)table) : null;

    /// <summary>The first symbol of the runtime that they need and that it does not have; null where it has all.</summary>
    public string? Missing => Marshal.PtrToStringUTF8((nint)_table->Missing());

    /// <summary>Gives them the memory to write into, and the runtime's count of contentions to go by.</summary>
    public void Attach(AllocationRing ring) => _table->Attach(ring.Address, (nint)ContentionCount());

    /// <summary>Tells what is wanted.</summary>
    public void Watch(Watched what) => _table->Watch((uint)what);

    /// <summary>Tells what a wait is that has this return address so far above the stack pointer of who waits.</summary>
    public void Learn(nuint offset, nuint address, RecordedWait kind) => _table->Learn((ulong)offset, address, (ulong)kind);

    // Statics without references do not move.
    private static void* ContentionCount()
    {
        try
        {
            return Unsafe.AsPointer(ref CountOf(null));
        }
        catch (MissingFieldException)
        {
            // A later runtime may count elsewhere: then each wait of a contention is one.
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_contentionCount")]
    private static extern ref long CountOf(Lock? type);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Table
    {
        public readonly long Version;
        public readonly delegate* unmanaged<byte*> Missing;
        public readonly delegate* unmanaged<nint, nint, void> Attach;
        public readonly delegate* unmanaged<uint, void> Watch;
        public readonly delegate* unmanaged<ulong, ulong, ulong, void> Learn;
    }
}
