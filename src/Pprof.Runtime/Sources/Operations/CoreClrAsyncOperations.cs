using Pprof.Profiles;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Waiting;

namespace Pprof.Sources.Operations;

/// <summary>The operations in the heap of a copy of a process with a JIT, and on demand who waits for whom.</summary>
internal sealed class CoreClrAsyncOperations : CopiedAsyncOperations
{
    protected override Task LookAsync(IAsyncOperationSink sink, WaitGraph? waits, CancellationToken cancellation) =>
        Snapshots.RunAsync(snapshot => Read(snapshot, sink, waits), cancellation);

    private static void Read(HeapSnapshot snapshot, IAsyncOperationSink sink, WaitGraph? waits)
    {
        var known = waits is null ? null : new KnownObjects(snapshot);
        var operations = new SuspendedOperations(snapshot, known);
        using var names = new OperationFrames();
        var awaits = new AwaitDescriptions(snapshot, operations);
        AddStacks(snapshot, operations, names, awaits, sink);
        if (waits is not null)
        {
            new CopiedWaits(snapshot, operations, known!, names, awaits).Read(waits);
        }
    }
}
