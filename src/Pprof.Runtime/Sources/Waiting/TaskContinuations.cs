using Pprof.Process;
using Pprof.Sources.Operations.NativeAot;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>What a task calls when it completes, one object or a list of them.</summary>
/// <param name="snapshot">The heap.</param>
internal sealed class TaskContinuations(HeapCopy snapshot)
{
    private const int MaxListed = 4096;

    private static readonly int s_continuation = ManagedRuntime.IsCoreClr ? ClassLibrary.Place(typeof(Task), "m_continuationObject") : KnownPlaces.Instance?.TaskContinuation ?? -1;
    private static readonly ulong s_list = ClassLibrary.MethodTable(typeof(List<object>));
    private static readonly int s_items = ManagedRuntime.IsCoreClr ? ClassLibrary.Place(typeof(List<object>), "_items") : KnownPlaces.Instance?.ListItems ?? -1;
    private static readonly int s_size = ManagedRuntime.IsCoreClr ? ClassLibrary.Place(typeof(List<object>), "_size") : KnownPlaces.Instance?.ListSize ?? -1;

    /// <summary>Whether tasks keep it as is known.</summary>
    public static bool AreKnown => s_continuation >= 0;

    /// <summary>The objects.</summary>
    public IEnumerable<ulong> Of(ulong task)
    {
        ulong continuation = task == 0 || s_continuation < 0 ? 0 : snapshot.Memory.Read<ulong>(task + (ulong)s_continuation);
        return continuation == 0 ? []
            : (snapshot.Memory.Read<ulong>(continuation) & ~7UL) == s_list ? ItemsOf(continuation)
            : [continuation];
    }

    /// <summary>The objects in a list.</summary>
    public IEnumerable<ulong> ItemsOf(ulong list)
    {
        if (s_items < 0 || s_size < 0)
        {
            return [];
        }

        ulong items = snapshot.Memory.Read<ulong>(list + (ulong)s_items);
        int count = Math.Min(snapshot.Memory.Read<int>(list + (ulong)s_size), MaxListed);
        return Enumerable.Range(0, Math.Max(0, count)).Select(i => snapshot.Memory.Read<ulong>(items + ClassLibrary.ArrayHeader + (8 * (ulong)i)));
    }
}
