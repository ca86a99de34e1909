using System.Runtime.InteropServices;

namespace Pprof.Workloads;

/// <summary>The memory that native code has from malloc.</summary>
internal static partial class MallocMemory
{
    /// <summary>Bytes allocated and not freed, in all arenas: mallinfo2(3) of glibc.</summary>
    public static long Allocated() => (long)MallInfo().Allocated;

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial MallocInformation MallInfo();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallocInformation
    {
        public readonly nuint Arena;
        public readonly nuint FreeChunks;
        public readonly nuint FastBins;
        public readonly nuint MappedRegions;
        public readonly nuint Mapped;
        public readonly nuint MostAllocated;
        public readonly nuint FastBinBytes;
        public readonly nuint Allocated;
        public readonly nuint Free;
        public readonly nuint Releasable;
    }
}
