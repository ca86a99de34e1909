using Pprof.Profiles;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Who waits for whom in a copy of a NativeAOT program, and what is queued there, as far as objects whose fields have no names
/// tell.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="operations">Its asynchronous operations.</param>
/// <param name="known">Its queues, timers, locks, semaphores and threads.</param>
/// <param name="frames">Names operations.</param>
/// <param name="awaits">Names what they await.</param>
internal sealed class NativeWaits(
    NativeHeapSnapshot snapshot, SuspendedOperations operations, KnownObjects known, OperationFrames frames, AwaitDescriptions awaits)
{
    /// <summary>Adds what there is.</summary>
    public void Read(WaitGraph graph)
    {
        if (ThreadPlaces.Instance is not { } places || LockPlaces.Instance is null || SemaphorePlaces.Instance is null)
        {
            graph.Missing = "this version of the class library keeps them in another way than is known";
            return;
        }

        var threads = new CopiedThreads(snapshot, known, places);
        new LockWaits(snapshot, threads, known).Read(graph);
        new SemaphoreWaits(snapshot, threads, known, operations, frames).Read(graph);
        if (CallPlaces.Instance is null)
        {
            graph.MissingTasks = "this program does not tell the names of methods, or keeps what tasks call in another way than is known";
            return;
        }

        var methods = new NativeMethodNames(snapshot, operations, frames);
        List<ulong> queue = new NativePoolQueue(snapshot, known).Read();
        graph.Queue.AddRange(queue.CountBy(methods.OfWorkItem).Select(static work => new QueuedWork(work.Key, work.Value)));
        var contexts = new ThreadContexts(snapshot, threads, known);
        new TaskWaits(
            snapshot, threads, operations, frames, awaits, methods, [.. queue], runners => new BoundOperations(snapshot, operations, awaits, contexts, runners, methods)).Read(graph);
        if (TimerPlaces.Instance is { } timerPlaces)
        {
            var timers = new TimerGroups(snapshot, methods);
            known.SingleTimers.ForEach(timer => timers.Add(timer, timerPlaces.Start, timerPlaces.Due, timerPlaces.Period));
            timers.AddTo(graph);
        }
    }
}
