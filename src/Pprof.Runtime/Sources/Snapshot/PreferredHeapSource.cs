namespace Pprof.Sources.Snapshot;

/// <summary>One source, and another for where that one is refused.</summary>
/// <param name="preferred">The one.</param>
/// <param name="other">The other.</param>
internal sealed class PreferredHeapSource(LiveHeapSource preferred, LiveHeapSource other) : LiveHeapSource
{
    public override string? UnsupportedReason => preferred.UnsupportedReason is { } reason ? Join(reason, other.UnsupportedReason) : null;

    public override async Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation)
    {
        string? refusal = preferred.UnsupportedReason;
        if (refusal is null)
        {
            try
            {
                return await preferred.ReadAsync(sink, cancellation);
            }
            catch (SnapshotException e) when (e.IsRefused)
            {
                refusal = e.Message;
            }
        }

        if (Join(refusal, other.UnsupportedReason) is { } reason)
        {
            throw new SnapshotException(reason);
        }

        return await other.ReadAsync(sink, cancellation) with { Refusal = refusal };
    }

    private static string? Join(string preferred, string? other) => other is null ? null : $"{preferred}; and {other}";
}
