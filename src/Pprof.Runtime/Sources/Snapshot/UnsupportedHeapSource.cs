namespace Pprof.Sources.Snapshot;

/// <summary>Who holds what in a NativeAOT program, which tells debuggers of its heap and not of what holds it.</summary>
internal sealed class UnsupportedHeapSource : LiveHeapSource
{
    public override string UnsupportedReason => "a NativeAOT program tells debuggers where its objects are, and not what holds them: handles, static fields and the ends of stacks are no part of what it publishes; ask for view=types, or run the service with a JIT";

    public override Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation) =>
        throw new SnapshotException(UnsupportedReason);
}
