using System.Runtime.InteropServices;

namespace Pprof.Sources.Allocations.Linked;

/// <summary>The hooks that were linked into this program: <c>pprof_allocation_hooks</c> of hooks.c.</summary>
internal sealed unsafe class LinkedHooks
{
    private const string Export = "pprof_allocation_hooks";
    private const long Version = 2;

    private readonly Table* _table;

    private LinkedHooks(Table* table) => _table = table;

    /// <summary>Those of this program; null where it has none, or those of another release of this package.</summary>
    public static LinkedHooks? Instance { get; } = Find();

    /// <summary>The release of the runtime whose layouts they have.</summary>
    public long Runtime => _table->Runtime;

    /// <summary>The first symbol of the runtime that they need and that it does not have; null where it has all.</summary>
    public string? Missing => Marshal.PtrToStringUTF8((nint)_table->Missing());

    /// <summary>What they count as allocated by this thread, in bytes; −1 where its limits are none that there can be.</summary>
    public long AllocatedBytes => _table->AllocatedBytes();

    /// <summary>Gives them the memory to write into.</summary>
    public void Attach(AllocationRing ring) => _table->Attach(ring.Address);

    private static LinkedHooks? Find() => LinkedTable.Find(Export, Version) is not 0 and nint table ? new LinkedHooks((Table*)table) : null;

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Table
    {
        public readonly long Version;
        public readonly long Runtime;
        public readonly delegate* unmanaged<byte*> Missing;

        // Without a transition: no collection changes in the meantime what is read.
        public readonly delegate* unmanaged[SuppressGCTransition]<long> AllocatedBytes;
        public readonly delegate* unmanaged<nint, void> Attach;
    }
}
