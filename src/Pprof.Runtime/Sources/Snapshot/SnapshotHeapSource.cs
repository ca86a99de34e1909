namespace Pprof.Sources.Snapshot;

/// <summary>What a copy of the process finds in its heap.</summary>
internal sealed class SnapshotHeapSource(bool paths) : LiveHeapSource
{
    public override string? UnsupportedReason =>
        Snapshots.UnsupportedReason ?? Snapshots.TooLarge(ResidentLimit.Value, "SnapshotResidentLimit");

    public override async Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation)
    {
        HeapTotals totals = default;
        await Snapshots.RunAsync(
            snapshot =>
            {
                snapshot.Mark(paths);
                long merged = 0;
                if (paths)
                {
                    merged = HeapPaths.Add(snapshot.Nodes, new HeapNames(snapshot), sink);
                }
                else
                {
                    AddTypes(snapshot, sink);
                }

                totals = new HeapTotals(snapshot.Pause, snapshot.UnreadableObjects, merged);
            },
            cancellation);
        return totals;
    }

    private static void AddTypes(HeapSnapshot snapshot, IHeapSink sink)
    {
        var names = new HeapNames(snapshot);
        foreach (HeapType type in snapshot.Types)
        {
            if (type.LiveCount > 0)
            {
                sink.Add([names.TypeFrame(type.MethodTable)], (long)type.LiveCount, (long)type.LiveBytes);
            }
        }
    }
}
