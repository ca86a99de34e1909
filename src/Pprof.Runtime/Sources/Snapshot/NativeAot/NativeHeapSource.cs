using Pprof.Symbols.Managed;
using Pprof.Symbols.NativeAot;

namespace Pprof.Sources.Snapshot.NativeAot;

/// <summary>
/// What a copy of a NativeAOT program finds in its heap, by type. As nothing tells what its roots are, garbage that no
/// collection has found yet is among it.
/// </summary>
internal sealed class NativeHeapSource : LiveHeapSource
{
    public override string? UnsupportedReason =>
        Snapshots.UnsupportedReason ?? Snapshots.TooLarge(ResidentLimit.Value, "SnapshotResidentLimit");

    public override async Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation)
    {
        HeapTotals totals = default;
        await Snapshots.RunNativeAsync(
            snapshot =>
            {
                foreach (HeapType type in snapshot.Types)
                {
                    snapshot.Patience.Check();
                    if (type.Count > 0 && type.MethodTable != snapshot.FreeMethodTable)
                    {
                        sink.Add([TypeFrames.Instance.AddressOf(NativeAotTypes.NameOf((nuint)type.MethodTable))], (long)type.Count, (long)type.Bytes);
                    }
                }

                totals = new HeapTotals(snapshot.Pause, snapshot.UnreadableObjects, 0, LostObjects: snapshot.LostObjects, HasGarbage: true);
            },
            cancellation);
        return totals;
    }
}
