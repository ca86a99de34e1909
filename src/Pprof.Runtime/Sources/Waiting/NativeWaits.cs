using Pprof.Profiles;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Who waits for whom in a copy of a NativeAOT program, as far as objects whose fields have no names tell: locks, monitors and
/// semaphores.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="operations">Its asynchronous operations.</param>
/// <param name="known">Its semaphores and threads.</param>
/// <param name="frames">Names operations.</param>
internal sealed class NativeWaits(NativeHeapSnapshot snapshot, SuspendedOperations operations, KnownObjects known, OperationFrames frames)
{
    /// <summary>Adds what there is.</summary>
    public void Read(WaitGraph graph)
    {
        if (ThreadPlaces.Instance is not { } places || LockPlaces.Instance is null || SemaphorePlaces.Instance is null)
        {
            graph.Missing = "this version of the class library keeps them in another way than is known";
            return;
        }

        graph.MissingTasks = "a NativeAOT program does not tell debuggers of them";
        var threads = new CopiedThreads(snapshot, known, places);
        new LockWaits(snapshot, threads).Read(graph);
        new SemaphoreWaits(snapshot, threads, known, operations, frames).Read(graph);
    }
}
