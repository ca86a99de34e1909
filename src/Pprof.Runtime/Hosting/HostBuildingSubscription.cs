using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace Pprof.Hosting;

/// <summary>
/// Hears of every generic host that is about to be built in this process, whichever builder it comes from, in time to
/// add services to it.
/// </summary>
internal sealed class HostBuildingSubscription : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string ListenerName = "Microsoft.Extensions.Hosting";
    private const string EventName = "HostBuilding";

    private readonly Action<IHostBuilder> _building;

    private HostBuildingSubscription(Action<IHostBuilder> building) => _building = building;

    /// <summary>Calls <paramref name="building"/> for every host, until the process ends.</summary>
    public static void Subscribe(Action<IHostBuilder> building) =>
        DiagnosticListener.AllListeners.Subscribe(new HostBuildingSubscription(building));

    /// <inheritdoc/>
    public void OnNext(DiagnosticListener value)
    {
        // Every build makes a listener of its own and disposes it, and the subscription with it.
        if (value.Name == ListenerName)
        {
            value.Subscribe(this, static name => name == EventName);
        }
    }

    /// <inheritdoc/>
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: EventName, Value: IHostBuilder host })
        {
            _building(host);
        }
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }
}
