namespace Pprof.Sources.Allocations;

/// <summary>
/// One source, and another for the windows in which that one cannot be had. Never both at a time, or what both see would
/// count twice: while the other has a window the one does not begin.
/// </summary>
/// <param name="preferred">The one.</param>
/// <param name="other">The other, with a sink of its own.</param>
internal sealed class PreferredAllocationSource(AllocationSource preferred, AllocationSource other) : AllocationSource
{
    // One window after the other finds out who sees it.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();

    // Windows of the other that are not closed in full. While there is one, why it is needed.
    private int _otherWindows;
    private volatile string? _reason;

    /// <inheritdoc/>
    public override string? UnsupportedReason => OffReason ?? (Missing is null ? null : other.UnsupportedReason);

    /// <inheritdoc/>
    public override string? Failure => Missing is null ? null : other.Failure ?? other.UnsupportedReason;

    /// <inheritdoc/>
    public override AllocationCoverage Coverage =>
        Missing is { } reason ? other.Coverage with { LiveUnknown = reason } : preferred.Coverage;

    /// <summary>The one.</summary>
    internal AllocationSource Preferred => preferred;

    private string? Missing => _reason ?? Refusal;

    private string? Refusal => preferred.UnsupportedReason ?? preferred.Failure;

    /// <inheritdoc/>
    public override void Start() => preferred.Start();

    /// <inheritdoc/>
    public override async Task OpenAsync(AllocationWindow window)
    {
        await _turn.WaitAsync();
        try
        {
            while (TryOpen(window) is { } opened)
            {
                await opened;
                if (TryTakeBack(window) is not { } takenBack)
                {
                    return;
                }

                // Completes when the one is not about to begin any more. Perhaps it has begun a moment ago.
                await takenBack;
                Decide();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public override async Task CloseAsync(AllocationWindow window)
    {
        Task closed;
        bool isOther;
        lock (_gate)
        {
            // Who did not wait for it may close it while it opens.
            window.IsClosed = true;
            if (window.Source is not { } source)
            {
                return;
            }

            isOther = source == other;
            closed = source.CloseAsync(window);
        }

        await closed;
        if (isOther)
        {
            lock (_gate)
            {
                _otherWindows--;
                ReturnToPreferred();
            }
        }
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync()
    {
        lock (_gate)
        {
            return _otherWindows > 0 ? other.FlushAsync() : preferred.FlushAsync();
        }
    }

    /// <summary>Opens it where it is seen as far as is known; null where nobody wants it any more.</summary>
    private Task? TryOpen(AllocationWindow window)
    {
        lock (_gate)
        {
            if (window.IsClosed)
            {
                ReturnToPreferred();
                return null;
            }

            if (_reason is not null)
            {
                _otherWindows++;
                window.Source = other;
                return other.OpenAsync(window);
            }

            window.Source = preferred;
            return preferred.OpenAsync(window);
        }
    }

    /// <summary>Takes it from the one where that cannot be had; null where it stays as it is.</summary>
    private Task? TryTakeBack(AllocationWindow window)
    {
        lock (_gate)
        {
            if (window.IsClosed || window.Source == other || Refusal is null)
            {
                return null;
            }

            window.Source = null;
            preferred.MayBegin = false;
            return preferred.CloseAsync(window);
        }
    }

    private void Decide()
    {
        lock (_gate)
        {
            _reason = Refusal;
            preferred.MayBegin = _reason is null;
        }
    }

    private void ReturnToPreferred()
    {
        if (_otherWindows == 0)
        {
            _reason = null;
            preferred.MayBegin = true;
        }
    }
}
