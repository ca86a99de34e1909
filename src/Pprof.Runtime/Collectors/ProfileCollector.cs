using System.ComponentModel;

namespace Pprof.Collectors;

/// <summary>Collects one profile. Made by the package only; public because the generated table names the type.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ProfileCollector
{
    private protected ProfileCollector()
    {
    }

    /// <summary>
    /// Why this profile cannot be collected here, and what would make it work; null when it can be.
    /// Asked at every request, because some reasons go away.
    /// </summary>
    internal virtual string? UnsupportedReason => null;

    /// <summary>
    /// Why it cannot be had here in one of its formats, and what would help, where it can be had in others; null where it can be.
    /// </summary>
    internal virtual string? UnsupportedFormatReason(string format) => null;

    /// <summary>Has <paramref name="request"/> serve this kind of collector.</summary>
    internal abstract Task ServeAsync(ICollectorRequest request);

    /// <summary>
    /// What is wrong with what a request says of the format that it asks for, in Go's form; null where nothing is. Asked
    /// before anything is collected.
    /// </summary>
    internal virtual string? Refuse(ProfileArguments arguments) => null;

    /// <summary>
    /// Called before the application's own code runs, once for each application of the process that has the profile, for
    /// one that begins before anybody asks for it. Must return at once.
    /// </summary>
    internal virtual void Start()
    {
    }

    /// <summary>
    /// Called some time after the application has started, perhaps more than once, for a profile that begins before anybody asks
    /// for it and would keep the application from starting. Must return at once.
    /// </summary>
    internal virtual void ApplicationStarted()
    {
    }
}
