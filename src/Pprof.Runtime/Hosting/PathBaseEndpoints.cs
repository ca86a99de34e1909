using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace Pprof.Hosting;

/// <summary>
/// Routes for requests below a path base. They follow the options and vanish when the application maps the endpoints
/// itself. The application's discovery of endpoints (API descriptions, link generation) does not see them.
/// </summary>
internal sealed class PathBaseEndpoints(HostedEndpoints host) : EndpointDataSource
{
    /// <inheritdoc/>
    public override IReadOnlyList<Endpoint> Endpoints => host.IsAutomatic ? [Build()] : [];

    /// <inheritdoc/>
    public override IChangeToken GetChangeToken() => host.ChangeToken;

    private Endpoint Build()
    {
        RouteEndpointBuilder builder = PprofRoute.Create(host, host.Options.Path);
        foreach (object item in PprofRoute.UnattendedMetadata)
        {
            builder.Metadata.Add(item);
        }

        return builder.Build();
    }
}
