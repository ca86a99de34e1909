using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>What the source generator compiled into the application: its options and its table of profiles.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PprofManifest
{
    /// <summary>Sets the options to what <see cref="EnablePprofAttribute"/> says.</summary>
    public required Action<PprofOptions> Configure { get; init; }

    /// <summary>The table of profiles, in no particular order.</summary>
    public required IReadOnlyList<ProfileDescriptor> Profiles { get; init; }

    /// <summary>The same with the rows of <paramref name="profiles"/> that have a name of their own.</summary>
    internal PprofManifest With(IReadOnlyList<ProfileDescriptor> profiles)
    {
        List<ProfileDescriptor> all = [.. Profiles];
        foreach (ProfileDescriptor profile in profiles)
        {
            if (!all.Exists(other => other.Name == profile.Name))
            {
                all.Add(profile);
            }
        }

        return new() { Configure = Configure, Profiles = all };
    }
}
