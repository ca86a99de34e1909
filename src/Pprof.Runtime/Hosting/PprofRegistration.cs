using System.ComponentModel;
using Pprof.CompilerServices;

namespace Pprof.Hosting;

/// <summary>Where the generated module initializer hands over what was compiled into the application.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class PprofRegistration
{
    private static readonly Lock Gate = new();
    private static PprofManifest? _manifest;

    /// <summary>What was registered, or null.</summary>
    internal static PprofManifest? Manifest => Volatile.Read(ref _manifest);

    /// <summary>
    /// Called by generated code before the application's own code runs. Costs next to nothing: the hosts of the
    /// process are observed, and each one that is built is given the endpoints.
    /// </summary>
    public static void Register(PprofManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        lock (Gate)
        {
            if (_manifest is { } first)
            {
                // A second assembly with the attribute, which is usually a library of the first: its profiles are
                // added, but who may reach them stays what the application said.
                Volatile.Write(ref _manifest, first.With(manifest.Profiles));
                return;
            }

            Volatile.Write(ref _manifest, manifest);
        }

        StartCollecting(manifest);
        HostBuildingSubscription.Subscribe(host =>
        {
            StandaloneListener.HostSeen();
            host.ConfigureServices(static (_, services) => PprofServices.AddTo(services));
        });
        StandaloneListener.Schedule(manifest);
    }

    // Profiles that watch all the time begin here; that the configuration leaves one out is not known yet.
    private static void StartCollecting(PprofManifest manifest)
    {
        var options = new PprofOptions();
        manifest.Configure(options);
        PprofRuntime.Apply(options);
        foreach (ProfileDescriptor profile in manifest.Profiles)
        {
            if ((profile.Flag & options.Profiles) != 0)
            {
                profile.Instance.Start();
            }
        }
    }
}
