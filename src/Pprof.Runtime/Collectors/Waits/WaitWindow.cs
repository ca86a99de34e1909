using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>Sees every wait until it is disposed, whatever the rate.</summary>
internal sealed class WaitWindow : ProfileWindow
{
    private readonly SampledWaits _waits;
    private bool _disposed;

    /// <exception cref="ProfileUnavailableException">Watching could not begin.</exception>
    public WaitWindow(SampledWaits waits, Action<Profile> fill)
        : base(fill)
    {
        _waits = waits;
        waits.OpenWindow();
        Source.Update();
        if (Source.Failure is { } failure)
        {
            Dispose();
            throw new ProfileUnavailableException(failure);
        }
    }

    private static WaitSource Source => ProcessWaits.Source;

    public override void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _waits.CloseWindow();
            Source.Update();
        }
    }
}
