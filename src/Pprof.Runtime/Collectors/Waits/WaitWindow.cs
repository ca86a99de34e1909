using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>Sees every wait until it is disposed, whatever the rate.</summary>
internal sealed class WaitWindow : ProfileWindow
{
    private readonly SampledWaits _waits;
    private bool _disposed;

    private WaitWindow(SampledWaits waits, Func<Profile, CancellationToken, Task> fill)
        : base(fill)
    {
        _waits = waits;
        waits.OpenWindow();
    }

    private static WaitSource Source => ProcessWaits.Source;

    /// <exception cref="ProfileUnavailableException">Watching could not begin.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    public static async Task<ProfileWindow> OpenAsync(
        SampledWaits waits, Func<Profile, CancellationToken, Task> fill, CancellationToken cancellation)
    {
        var window = new WaitWindow(waits, fill);
        try
        {
            await Source.UpdateAsync().WaitAsync(cancellation);
            return Source.Failure is { } failure ? throw new ProfileUnavailableException(failure) : window;
        }
        catch
        {
            await window.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            _waits.CloseWindow();
            await Source.UpdateAsync();
        }
    }
}
