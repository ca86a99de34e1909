using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Operations.NativeAot;

/// <summary>The operations in the heap of a copy of a NativeAOT program.</summary>
internal sealed class NativeAsyncOperations : CopiedAsyncOperations
{
    protected override Task LookAsync(IAsyncOperationSink sink, WaitGraph? waits, CancellationToken cancellation)
    {
        KnownOperation.Start();
        if (waits is not null)
        {
            waits.Missing = "a NativeAOT program does not tell debuggers of them";
        }

        return Snapshots.RunNativeAsync(
            snapshot =>
            {
                var operations = new SuspendedOperations(snapshot);
                KnownOperation.Check(operations);
                using var names = new OperationFrames();
                AddStacks(snapshot, operations, names, new AwaitDescriptions(snapshot, operations), sink);
            },
            cancellation);
    }
}
