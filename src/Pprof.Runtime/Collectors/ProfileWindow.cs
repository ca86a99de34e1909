using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>
/// The time between two snapshots whose difference is asked for. A profile that is not collected all the time is collected
/// until it is disposed.
/// </summary>
internal class ProfileWindow(Action<Profile> fill) : IDisposable
{
    /// <summary>
    /// Fills the empty <paramref name="profile"/> with the state now, and with what was collected for the window's sake
    /// alone.
    /// </summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    public void Fill(Profile profile) => fill(profile);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
