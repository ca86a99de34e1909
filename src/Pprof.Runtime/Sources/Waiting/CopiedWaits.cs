using Pprof.Profiles;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>Who waits for whom in a copy of the process, and what is queued there.</summary>
/// <param name="snapshot">The heap.</param>
/// <param name="operations">Its asynchronous operations.</param>
/// <param name="known">Its queues, locks and semaphores.</param>
/// <param name="frames">Names operations.</param>
/// <param name="awaits">Names what they await.</param>
internal sealed class CopiedWaits(
    HeapSnapshot snapshot, SuspendedOperations operations, KnownObjects known, OperationFrames frames, AwaitDescriptions awaits)
{
    /// <summary>Adds what there is.</summary>
    public void Read(WaitGraph graph)
    {
        var types = new HeapNames(snapshot);
        var threads = new CopiedThreads(snapshot);
        var methods = new DescribedMethodNames(snapshot, operations, frames, types);
        new MonitorWaits(snapshot, threads, types).Read(graph);
        new LockWaits(snapshot, threads, known).Read(graph);
        List<ulong> queue = new PoolQueue(snapshot, known).Read();
        graph.Queue.AddRange(queue.CountBy(methods.OfWorkItem).Select(static work => new QueuedWork(work.Key, work.Value)));
        var contexts = new ThreadContexts(snapshot, threads, known);
        new TaskWaits(
            snapshot, threads, operations, frames, awaits, methods, [.. queue], runners => new BoundOperations(snapshot, operations, awaits, contexts, runners, methods)).Read(graph);
        new SemaphoreWaits(snapshot, threads, known, operations, frames).Read(graph);
        new TimerQueues(snapshot, known, methods).Read(graph);
    }
}
