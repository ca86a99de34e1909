namespace Pprof.Sources.Threads;

/// <summary>One source, and another for the looks that it cannot have. Which one has a look is found out at each.</summary>
/// <param name="preferred">The one.</param>
/// <param name="other">The other.</param>
internal sealed class PreferredThreadStackSource(ThreadStackSource preferred, ThreadStackSource other) : ThreadStackSource
{
    /// <inheritdoc/>
    public override string? UnsupportedReason =>
        preferred.UnsupportedReason is { } missing && other.UnsupportedReason is { } reason ? Both(missing, reason) : null;

    /// <inheritdoc/>
    public override int Count => preferred.UnsupportedReason is null ? preferred.Count : other.Count;

    /// <inheritdoc/>
    public override async Task<ThreadCoverage> ReadAsync(IThreadStackSink sink)
    {
        if (preferred.UnsupportedReason is not { } missing)
        {
            return await preferred.ReadAsync(sink);
        }

        ThreadCoverage coverage = await other.ReadAsync(sink);
        return coverage.Refusal is { } reason ? new ThreadCoverage { Refusal = Both(missing, reason) } : coverage with { MissingRests = missing };
    }

    /// <inheritdoc/>
    public override ThreadWatch? TryWatch(int rate, IThreadTimeSink sink, out string? refusal) => preferred.TryWatch(rate, sink, out refusal);

    private static string Both(string preferredReason, string otherReason) =>
        $"{preferredReason}. Otherwise the runtime's own sampling of threads would do, but {otherReason}";
}
