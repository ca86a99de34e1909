using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Threads;

/// <summary>CoreCLR's own object for a thread, whose address is the thread's id in the runtime's events.</summary>
internal static class RuntimeThread
{
    // PID_MAX_LIMIT, threads(7).
    private const long MaxSystemId = 1 << 22;

    private static readonly Lazy<int?> s_offset = new(static () => RuntimeContract.OffsetOf("Thread", "OSId"), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Whether the system's id can be read.</summary>
    public static bool KnowsSystemId => s_offset.Value is not null;

    /// <summary>
    /// The system's id of a thread while it runs, null before and after. When the object is gone it is made of what stands
    /// in its place: most often the object of another thread.
    /// </summary>
    public static int? SystemIdOf(long address)
    {
        long id = 0;
        return s_offset.Value is { } offset
            && ProcessMemory.TryRead((nuint)address + (nuint)offset, MemoryMarshal.AsBytes(new Span<long>(ref id)))
            && id is > 0 and <= MaxSystemId
                ? (int)id
                : null;
    }
}
