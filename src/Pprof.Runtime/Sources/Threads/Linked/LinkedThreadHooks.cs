using System.Runtime.InteropServices;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Threads.Linked;

/// <summary>The hook that was linked into this program: <c>pprof_thread_hooks</c> of threads.c.</summary>
internal sealed unsafe class LinkedThreadHooks
{
    private const string Export = "pprof_thread_hooks";
    private const long Version = 1;

    private LinkedThreadHooks(Table* table) => Ring = AllocationRing.At(table->Attach());

    /// <summary>That of this program; null where it has none, or that of another release of this package.</summary>
    public static LinkedThreadHooks? Instance { get; } = Find();

    /// <summary>What it has written since the program began.</summary>
    public AllocationRing Ring { get; }

    private static LinkedThreadHooks? Find() =>
        OperatingSystem.IsLinux() && LinkedTable.Find(Export, Version) is not 0 and nint table && ((Table*)table)->Missing() is null
            ? new LinkedThreadHooks((Table*)table)
            : null;

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Table
    {
        public readonly long Version;
        public readonly delegate* unmanaged<byte*> Missing;
        public readonly delegate* unmanaged<nint> Attach;
    }
}
