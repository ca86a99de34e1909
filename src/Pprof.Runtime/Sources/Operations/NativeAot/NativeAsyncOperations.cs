using Pprof.Profiles;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Waiting;

namespace Pprof.Sources.Operations.NativeAot;

/// <summary>The operations in the heap of a copy of a NativeAOT program.</summary>
internal sealed class NativeAsyncOperations : CopiedAsyncOperations
{
    protected override Task LookAsync(IAsyncOperationSink sink, WaitGraph? waits, CancellationToken cancellation)
    {
        KnownOperation.Start();
        return Snapshots.RunNativeAsync(
            snapshot =>
            {
                var known = waits is null ? null : new KnownObjects(snapshot);
                var operations = new SuspendedOperations(snapshot, known);
                KnownOperation.Check(operations);
                using var names = new OperationFrames();
                var awaits = new AwaitDescriptions(snapshot, operations);
                AddStacks(snapshot, operations, names, awaits, sink);
                if (waits is not null)
                {
                    new NativeWaits(snapshot, operations, known!, names, awaits).Read(waits);
                }
            },
            cancellation);
    }
}
