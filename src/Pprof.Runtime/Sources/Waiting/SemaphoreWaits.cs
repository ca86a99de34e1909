using Pprof.Profiles;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Semaphores that let nobody in, and that threads and asynchronous operations wait for. The method in which a thread waits
/// needs its semaphore again, so a reference to it is in that part of the stack; where more than one is there, none is meant.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="threads">The threads.</param>
/// <param name="known">The semaphores.</param>
/// <param name="operations">The operations.</param>
/// <param name="frames">Names operations.</param>
internal sealed class SemaphoreWaits(HeapCopy snapshot, CopiedThreads threads, KnownObjects known, SuspendedOperations operations, OperationFrames frames)
{
    private const string Waits = "System.Threading.SemaphoreSlim.";
    private const int MaxNodes = 1 << 20;
    private const int MaxFollowed = 1000;
    private const int MaxDepth = 64;

    /// <summary>Adds them.</summary>
    public void Read(WaitGraph graph)
    {
        if (SemaphorePlaces.Instance is not { } places)
        {
            return;
        }

        Dictionary<ulong, List<(int Thread, string Method)>> blocked = Blocked();
        foreach (ulong semaphore in known.Semaphores)
        {
            List<(int Thread, string Method)> own = blocked.GetValueOrDefault(semaphore) ?? [];
            ulong node = snapshot.Memory.Read<ulong>(semaphore + (ulong)places.Head);
            if ((node == 0 && own.Count == 0) || snapshot.Memory.Read<int>(semaphore + (ulong)places.Count) != 0)
            {
                continue;
            }

            Dictionary<string, int> methods = own.CountBy(static thread => thread.Method).ToDictionary();
            int waiting = 0;
            for (; node != 0 && waiting < MaxNodes; waiting++)
            {
                if (waiting < MaxFollowed && MethodOf(node) is { } method)
                {
                    methods[method] = methods.GetValueOrDefault(method) + 1;
                }

                node = snapshot.Memory.Read<ulong>(node + (ulong)places.Next);
            }

            // Of none that waits for it anything is known: it is this package's, or nobody's any more.
            if (methods.Count > 0)
            {
                int max = snapshot.Memory.Read<int>(semaphore + (ulong)places.Max);
                graph.Semaphores.Add(new AwaitedSemaphore(0, max == int.MaxValue ? 0 : max, waiting, methods.MaxBy(static method => method.Value).Key)
                {
                    Threads = [.. own.Select(static thread => thread.Thread).Order()],
                });
            }
        }

        graph.Semaphores.Sort(static (x, y) => (y.Operations + y.Threads.Count).CompareTo(x.Operations + x.Threads.Count));
    }

    /// <summary>The threads that wait, by semaphore, each with the method that does.</summary>
    private Dictionary<ulong, List<(int Thread, string Method)>> Blocked()
    {
        Dictionary<ulong, List<(int Thread, string Method)>> blocked = [];
        HashSet<ulong> semaphores = [.. known.Semaphores];
        foreach (CopiedThread thread in threads.Waiting)
        {
            int frame = thread.FindWaiting(Waits);
            while (frame >= 0 && frame + 1 < thread.Methods.Count && thread.Methods[frame + 1].StartsWith(Waits, StringComparison.Ordinal))
            {
                frame++;
            }

            // What the class library waits for, as a collection that blocks does, is no lock of the application's: nobody has to leave it.
            if (frame < 0 || frame + 1 >= thread.Methods.Count || CopiedThread.IsClassLibrary(thread.Methods[frame + 1]))
            {
                continue;
            }

            if (thread.FindOne(frame, semaphores.Contains) is ulong semaphore and not 0)
            {
                if (!blocked.TryGetValue(semaphore, out List<(int Thread, string Method)>? same))
                {
                    blocked.Add(semaphore, same = []);
                }

                same.Add((thread.SystemId, thread.Methods[frame + 1]));
            }
        }

        return blocked;
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
