namespace Pprof.Sources.Allocations;

/// <summary>One source, and another for the windows in which that one cannot be had.</summary>
/// <param name="preferred">The one.</param>
/// <param name="other">The other, with a sink of its own.</param>
internal sealed class PreferredAllocationSource(AllocationSource preferred, AllocationSource other) : AllocationSource
{
    private readonly Lock _gate = new();
    private int _preferredWindows;
    private int _otherWindows;

    /// <inheritdoc/>
    public override string? UnsupportedReason => OffReason ?? (Missing is null ? null : other.UnsupportedReason);

    /// <inheritdoc/>
    public override string? Failure => Missing is null ? null : other.Failure ?? other.UnsupportedReason;

    /// <inheritdoc/>
    public override AllocationCoverage Coverage =>
        Missing is { } reason ? other.Coverage with { LiveUnknown = reason } : preferred.Coverage;

    /// <summary>The one.</summary>
    internal AllocationSource Preferred => preferred;

    private string? Missing => preferred.UnsupportedReason ?? preferred.Failure;

    /// <inheritdoc/>
    public override void Start() => preferred.Start();

    /// <inheritdoc/>
    public override async Task OpenAsync()
    {
        lock (_gate)
        {
            _preferredWindows++;
        }

        await preferred.OpenAsync();
        lock (_gate)
        {
            // Who did not wait for it may have closed it meanwhile.
            if (Missing is null || _preferredWindows == 0)
            {
                return;
            }

            _preferredWindows--;
            _otherWindows++;
        }

        // Not both: in that window nothing is to be seen twice.
        await preferred.CloseAsync();
        await other.OpenAsync();
    }

    /// <inheritdoc/>
    public override Task CloseAsync()
    {
        lock (_gate)
        {
            if (_otherWindows == 0)
            {
                _preferredWindows--;
                return preferred.CloseAsync();
            }

            _otherWindows--;
        }

        return other.CloseAsync();
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync()
    {
        lock (_gate)
        {
            return _otherWindows > 0 ? other.FlushAsync() : preferred.FlushAsync();
        }
    }
}
