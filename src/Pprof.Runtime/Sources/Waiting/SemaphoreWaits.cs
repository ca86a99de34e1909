using Pprof.Profiles;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>Semaphores that let nobody in, and that asynchronous operations wait for.</summary>
/// <param name="snapshot">The heap.</param>
/// <param name="known">The semaphores.</param>
/// <param name="operations">The operations.</param>
/// <param name="frames">Names operations.</param>
internal sealed class SemaphoreWaits(HeapSnapshot snapshot, KnownObjects known, SuspendedOperations operations, OperationFrames frames)
{
    private const int MaxNodes = 1 << 20;
    private const int MaxFollowed = 1000;
    private const int MaxDepth = 64;

    private static readonly int s_count = ClassLibrary.Place(typeof(SemaphoreSlim), "m_currentCount");
    private static readonly int s_max = ClassLibrary.Place(typeof(SemaphoreSlim), "m_maxCount");
    private static readonly int s_head = ClassLibrary.Place(typeof(SemaphoreSlim), "m_asyncHead");
    private static readonly int s_next = ClassLibrary.Place(ClassLibrary.TypeOfField(typeof(SemaphoreSlim), "m_asyncHead"), "Next");

    /// <summary>Adds them.</summary>
    public void Read(WaitGraph graph)
    {
        if (s_count < 0 || s_max < 0 || s_head < 0 || s_next < 0)
        {
            return;
        }

        foreach (ulong semaphore in known.Semaphores)
        {
            ulong node = snapshot.Memory.Read<ulong>(semaphore + (ulong)s_head);
            if (node == 0 || snapshot.Memory.Read<int>(semaphore + (ulong)s_count) != 0)
            {
                continue;
            }

            Dictionary<string, int> methods = [];
            int waiting = 0;
            for (; node != 0 && waiting < MaxNodes; waiting++)
            {
                if (waiting < MaxFollowed && MethodOf(node) is { } method)
                {
                    methods[method] = methods.GetValueOrDefault(method) + 1;
                }

                node = snapshot.Memory.Read<ulong>(node + (ulong)s_next);
            }

            // Of none that waits for it anything is known: it is this package's, or nobody's any more.
            if (methods.Count > 0)
            {
                int max = snapshot.Memory.Read<int>(semaphore + (ulong)s_max);
                graph.Semaphores.Add(new AwaitedSemaphore(0, max == int.MaxValue ? 0 : max, waiting, methods.MaxBy(static method => method.Value).Key));
            }
        }

        graph.Semaphores.Sort(static (x, y) => y.Operations.CompareTo(x.Operations));
    }

    /// <summary>The method that waits; the innermost that is not the class library's. Null where that is this package's, or not known.</summary>
    private string? MethodOf(ulong node)
    {
        AsyncOperation? operation = operations.Follow(node).Operation;
        for (int depth = 0; depth < MaxDepth && operation is { Awaiter: { } awaiter } && IsClassLibrary(operation); depth++)
        {
            operation = awaiter;
        }

        return operation is null || operation.Shape.Machine.Assembly == typeof(SemaphoreWaits).Assembly ? null : frames.NameOf(operation);
    }

    private static bool IsClassLibrary(AsyncOperation operation) => operation.Shape.Machine.Assembly == typeof(object).Assembly;
}
