using System.ComponentModel;
using Pprof.CompilerServices;
using Pprof.Hosting.Listening;

namespace Pprof.Hosting;

/// <summary>Where the generated module initializer hands over what was compiled into the application.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class PprofRegistration
{
    private static int s_isSubscribed;

    /// <summary>What was registered first, or null.</summary>
    internal static PprofManifest? Manifest => Applications.First;

    /// <summary>What was registered.</summary>
    internal static RegisteredApplications Applications { get; } = new();

    /// <summary>
    /// Called by generated code before the application's own code runs. Costs next to nothing: the hosts of the
    /// process are observed, and each one that is built is given the endpoints.
    /// </summary>
    public static void Register(PprofManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        manifest = Applications.Add(manifest);
        if (Interlocked.Exchange(ref s_isSubscribed, 1) == 0)
        {
            HostBuildingSubscription.Subscribe(host =>
            {
                StandaloneListener.HostSeen();
                host.ConfigureServices(static (_, services) => PprofServices.AddTo(services));
            });
            StandaloneListener.Schedule(manifest);
        }
    }
}
