using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Pprof.Endpoints;

namespace Pprof.Hosting.Listening;

/// <summary>
/// A listener that serves nothing but the endpoints. It is a server without a host: it reads no configuration of the
/// application, runs none of its middleware, and its threads do not keep the process from ending.
/// </summary>
internal sealed class DedicatedListener : IHttpApplication<HttpContext>
{
    private readonly ServiceProvider _services = BareServer.Create();
    private readonly IServer _server;

    // The one that came last serves, a host rather than the process. Replaced as a whole, read by requests.
    private volatile ListenerSite[] _sites = [];

    private DedicatedListener(string url)
    {
        Url = url;
        _server = _services.GetRequiredService<IServer>();
        AddressFeature.Addresses.Add(url);
    }

    /// <summary>The address that was asked for.</summary>
    public string Url { get; }

    /// <summary>The addresses that are bound.</summary>
    public IReadOnlyCollection<string> Addresses => [.. AddressFeature.Addresses];

    /// <summary>Whether it serves for nobody.</summary>
    public bool IsIdle => _sites.Length == 0;

    private IServerAddressesFeature AddressFeature => _server.Features.GetRequiredFeature<IServerAddressesFeature>();

    /// <summary>Binds <paramref name="url"/>.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="FormatException">This is no address.</exception>
    /// <exception cref="InvalidOperationException">An address that cannot be served, such as an https one.</exception>
    public static async Task<DedicatedListener> StartAsync(string url, CancellationToken cancellation)
    {
        var listener = new DedicatedListener(url);
        try
        {
            await listener._server.StartAsync(listener, cancellation);
            return listener;
        }
        catch
        {
            await listener._services.DisposeAsync();
            throw;
        }
    }

    /// <summary>Serves for <paramref name="site"/> from now on.</summary>
    public void Add(ListenerSite site) => _sites = site.Services is null ? [site, .. _sites] : [.. _sites, site];

    /// <summary>Serves for <paramref name="site"/> no longer.</summary>
    public void Remove(ListenerSite site) => _sites = [.. _sites.Where(other => !ReferenceEquals(other, site))];

    /// <summary>Gives the address back.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await _server.StopAsync(cancellation);
        await _services.DisposeAsync();
    }

    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public Task ProcessRequestAsync(HttpContext context)
    {
        if (_sites is [.., var site])
        {
            if (site.Services is { } services)
            {
                ((DefaultHttpContext)context).ServiceScopeFactory = services;
            }

            if (EndpointPath.TryMatch(context.Request.Path.Value ?? "", site.Endpoints.Options.Path, out EndpointPath path))
            {
                return site.Endpoints.ServeAsync(context, path);
            }
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return ResponseText.WriteAsync(context, ResponseText.PlainText, "404 page not found\n");
    }

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }
}
