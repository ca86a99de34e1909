namespace Pprof.Sources.Snapshot;

/// <summary>Where the heap cannot be seen.</summary>
internal sealed class UnsupportedHeapSource : LiveHeapSource
{
    public override string? UnsupportedReason => Snapshots.UnsupportedReason;

    public override Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation) =>
        throw new SnapshotException(UnsupportedReason ?? "");
}
