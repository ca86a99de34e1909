using System.Runtime.CompilerServices;
using Pprof.CompilerServices;

namespace Pprof.Hosting;

/// <summary>
/// What was compiled into the applications of a process. It is usually one; a process that tests several has as many.
/// </summary>
/// <remarks>
/// What several need is in methods of its own: before a method runs first, the runtime loads the types of all of it.
/// </remarks>
internal sealed class RegisteredApplications
{
    private readonly Lock _gate = new();

    // Replaced as a whole.
    private volatile PprofManifest[] _manifests = [];

    /// <summary>The one that came first, which is the program's, or null.</summary>
    public PprofManifest? First => _manifests is [var first, ..] ? first : null;

    /// <summary>
    /// What the host of <paramref name="application"/> serves: what was compiled into the assembly of that name. A host
    /// whose name tells nothing has the options of the first and the profiles of all. Null where there is none.
    /// </summary>
    public PprofManifest? Find(string? application)
    {
        PprofManifest[] all = _manifests;
        return all.Length < 2 ? First : Find(application, all);
    }

    /// <summary>
    /// Adds <paramref name="manifest"/> and returns it as it is kept. What the first collects begins at once; what another
    /// does when a host of its own is built: it may be a library's, whose options are nobody's.
    /// </summary>
    public PprofManifest Add(PprofManifest manifest)
    {
        PprofManifest kept;
        lock (_gate)
        {
            kept = _manifests.Length == 0 ? manifest : ShareCollectors(manifest, _manifests);
            _manifests = [.. _manifests, kept];
        }

        if (kept == First)
        {
            StartCollecting(kept);
        }

        return kept;
    }

    private static PprofManifest Find(string? application, PprofManifest[] all)
    {
        if (Array.Find(all, manifest => ApplicationOf(manifest) == application) is not { } found)
        {
            List<ProfileDescriptor> profiles = [];
            Array.ForEach(all, manifest => profiles.AddRange(manifest.Profiles));
            return all[0].With(profiles);
        }

        if (found != all[0])
        {
            StartCollectors(found, OptionsOf(found));
        }

        return found;
    }

    // A built-in profile is one of the process: whoever serves it, there is one collector.
    private static PprofManifest ShareCollectors(PprofManifest manifest, PprofManifest[] others) => new()
    {
        Configure = manifest.Configure,
        Profiles =
        [
            .. manifest.Profiles.Select(row => others
                .SelectMany(other => other.Profiles)
                .FirstOrDefault(other => other.Flag != PprofProfiles.None && other.Flag == row.Flag) ?? row),
        ],
    };

    // Profiles that watch all the time begin here; that the configuration leaves one out is not known yet.
    private static void StartCollecting(PprofManifest manifest)
    {
        PprofOptions options = OptionsOf(manifest);
        PprofRuntime.Apply(options);
        StartCollectors(manifest, options);
    }

    private static PprofOptions OptionsOf(PprofManifest manifest)
    {
        var options = new PprofOptions();
        manifest.Configure(options);
        return options;
    }

    private static void StartCollectors(PprofManifest manifest, PprofOptions options)
    {
        foreach (ProfileDescriptor profile in manifest.Profiles)
        {
            if ((profile.Flag & options.Profiles) != 0)
            {
                profile.Start();
            }
        }
    }

    // The assembly that the options were compiled into. In a NativeAOT program, where a delegate may not tell, there is
    // one application.
    private static string? ApplicationOf(PprofManifest manifest) =>
        RuntimeFeature.IsDynamicCodeSupported ? manifest.Configure.Method.Module.Assembly.GetName().Name : null;
}
