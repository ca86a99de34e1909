using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Pprof.Endpoints;

namespace Pprof.Hosting;

/// <summary>
/// Routes for requests below a path base. They follow the options and vanish when the application maps the endpoints
/// itself. The application's discovery of endpoints (API descriptions, link generation) does not see them.
/// </summary>
/// <remarks>
/// There are none until the first request that needs them: what they tell the application's middleware is in four
/// assemblies that most services do not load, and routing compiles more code for a second route than for one.
/// </remarks>
internal sealed class PathBaseEndpoints(HostedEndpoints host) : EndpointDataSource
{
    private readonly Lock _gate = new();
    private volatile bool _isWanted;
    private volatile bool _isKnown;

    /// <inheritdoc/>
    public override IReadOnlyList<Endpoint> Endpoints => _isWanted && host.IsAutomatic ? Build() : [];

    /// <inheritdoc/>
    public override IChangeToken GetChangeToken() => host.ChangeToken;

    /// <summary>Called for each request before routing sees it: adds the routes when they may match.</summary>
    public void Expect(string? path)
    {
        if (_isKnown || path is null || !host.Endpoints.MayMatchBelowBase(path))
        {
            return;
        }

        // Those that come at the same time wait: routing would not find their route yet.
        lock (_gate)
        {
            if (!_isKnown)
            {
                // Routing has taken notice when this returns.
                _isWanted = true;
                host.SignalChange();
                _isKnown = true;
            }
        }
    }

    private List<Endpoint> Build()
    {
        string prefix = host.Options.Path;
        List<Endpoint> all = [Build(PprofRoute.Create(host, prefix))];
        foreach ((string path, EndpointPath target, bool isServed) in host.Endpoints.Beside(prefix))
        {
            if (isServed)
            {
                all.Add(Build(PprofRoute.Create(host, path, target)));
            }
        }

        return all;
    }

    private static Endpoint Build(RouteEndpointBuilder builder)
    {
        foreach (object item in PprofRoute.UnattendedMetadata)
        {
            builder.Metadata.Add(item);
        }

        return builder.Build();
    }
}
