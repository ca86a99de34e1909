using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>
/// The time between two snapshots whose difference is asked for. A profile that is not collected all the time is collected
/// until it is disposed.
/// </summary>
internal class ProfileWindow(Func<Profile, CancellationToken, Task> fill) : IAsyncDisposable
{
    /// <summary>
    /// Fills the empty <paramref name="profile"/> with the state now, and with what was collected for the window's sake
    /// alone.
    /// </summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    public Task FillAsync(Profile profile, CancellationToken cancellation) => fill(profile, cancellation);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => default;
}
