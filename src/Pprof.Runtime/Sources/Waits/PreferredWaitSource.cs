namespace Pprof.Sources.Waits;

/// <summary>One source, and another where that one cannot be had: for good, so that never both watch.</summary>
internal sealed class PreferredWaitSource : WaitSource
{
    private readonly SampledWaitSource _preferred;
    private readonly WaitSource _other;

    /// <param name="preferred">The one.</param>
    /// <param name="other">The other.</param>
    public PreferredWaitSource(SampledWaitSource preferred, WaitSource other)
    {
        _preferred = preferred;
        _other = other;
        preferred.Refused = () => other.UpdateAsync().Wait();
    }

    public override string? UnsupportedReason => Current.UnsupportedReason;

    public override string? Failure => Current.Failure;

    public override bool IsWatching => Current.IsWatching;

    public override int MaxThinning => Current.MaxThinning;

    public override string Description => _preferred.UnsupportedReason is { } reason ? $"{_other.Description}: {reason}" : _preferred.Description;

    public override long Lost => Current.Lost;

    public override long SamplesWithoutLabels => Current.SamplesWithoutLabels;

    private WaitSource Current => _preferred.UnsupportedReason is null ? _preferred : _other;

    public override Task UpdateAsync() => Current.UpdateAsync();

    public override Task RetryAsync() => Current.RetryAsync();

    public override Task<bool> FlushAsync() => Current.FlushAsync();

    public override WaitClassifier NewClassifier() => Current.NewClassifier();
}
