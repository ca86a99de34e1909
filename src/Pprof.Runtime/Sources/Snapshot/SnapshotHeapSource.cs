namespace Pprof.Sources.Snapshot;

/// <summary>What a copy of the process finds in its heap.</summary>
internal sealed class SnapshotHeapSource(bool paths) : LiveHeapSource
{
    public override string? UnsupportedReason =>
        Snapshots.UnsupportedReason
        ?? (StaticFields.AreKnown ? null : $"where the static fields of types and threads are is known of .NET 10, and this is {Environment.Version}; run the service on .NET 10")
        ?? Snapshots.TooLarge(ResidentLimit.Value, "SnapshotResidentLimit");

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
                    merged = HeapPaths.Add(snapshot.Nodes, new HeapNames(snapshot), sink, snapshot.Patience.Check);
                }
                else
                {
                    AddTypes(snapshot, sink);
                }

                totals = new HeapTotals(
                    snapshot.Pause, snapshot.UnreadableObjects, merged, snapshot.FoldedObjects, snapshot.LostObjects, snapshot.LostReferences);
            },
            cancellation);
        return totals;
    }

    private static void AddTypes(HeapSnapshot snapshot, IHeapSink sink)
    {
        var names = new HeapNames(snapshot);
        foreach (HeapType type in snapshot.Types)
        {
            snapshot.Patience.Check();
            if (type.LiveCount > 0)
            {
                sink.Add([names.TypeFrame(type.MethodTable)], (long)type.LiveCount, (long)type.LiveBytes);
            }
        }
    }
}
