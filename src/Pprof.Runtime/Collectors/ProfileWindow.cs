using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>
/// The time between two snapshots whose difference is asked for. A profile that is not collected all the time is collected
/// until it is disposed.
/// </summary>
internal class ProfileWindow(Func<Profile> snapshot) : IDisposable
{
    /// <summary>The state now, with what was collected for the window's sake alone.</summary>
    public Profile Snapshot() => snapshot();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
