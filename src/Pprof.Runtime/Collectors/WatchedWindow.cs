using Pprof.Process;
using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>A window for whose sake a source watches, until it is disposed.</summary>
internal sealed class WatchedWindow : ProfileWindow
{
    private readonly Func<Task> _close;
    private bool _disposed;

    private WatchedWindow(Func<Profile, CancellationToken, Task> fill, Func<Task> close)
        : base(fill)
    {
        _close = close;
    }

    /// <summary>Opens a window.</summary>
    /// <param name="fill">What fills a profile in the window.</param>
    /// <param name="open">Makes the source watch.</param>
    /// <param name="failure">Why it does not; null where it does.</param>
    /// <param name="close">Ends what <paramref name="open"/> began, also where it failed or was not waited for.</param>
    /// <param name="cancellation">The client hung up.</param>
    /// <exception cref="ProfileUnavailableException">Watching could not begin.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    public static async Task<ProfileWindow> OpenAsync(
        Func<Profile, CancellationToken, Task> fill, Func<Task> open, Func<string?> failure, Func<Task> close, CancellationToken cancellation)
    {
        var window = new WatchedWindow(fill, close);
        try
        {
            await open().OrCanceledAsync(cancellation);
            return failure() is { } reason ? throw new ProfileUnavailableException(reason) : window;
        }
        catch
        {
            await window.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await _close();
        }
    }
}
