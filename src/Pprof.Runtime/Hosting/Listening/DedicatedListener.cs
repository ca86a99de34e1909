using Microsoft.AspNetCore.Http;
using Pprof.Endpoints;
using Pprof.Hosting.Listening.Server;

namespace Pprof.Hosting.Listening;

/// <summary>
/// A listener that serves nothing but the endpoints. It is a server without a host: it reads no configuration of the
/// application, runs none of its middleware, needs none of its thread pool, and its threads do not keep the process from
/// ending.
/// </summary>
internal sealed class DedicatedListener
{
    // Nobody waits longer than this for a profile that somebody fetches.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly HttpServer _server;

    // The one that came last serves, a host rather than the process. Replaced as a whole, read by requests.
    private volatile ListenerSite[] _sites = [];

    private DedicatedListener(string url)
    {
        Url = url;
        _server = HttpServer.Start(url, ServeAsync);
    }

    /// <summary>The address that was asked for.</summary>
    public string Url { get; }

    /// <summary>The addresses that are bound.</summary>
    public IReadOnlyCollection<string> Addresses => [_server.Address];

    /// <summary>Whether it serves for nobody.</summary>
    public bool IsIdle => _sites.Length == 0;

    /// <summary>Binds <paramref name="url"/>.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="FormatException">This is no address.</exception>
    /// <exception cref="InvalidOperationException">An address that cannot be served, such as an https one.</exception>
    public static DedicatedListener Start(string url) => new(url);

    /// <summary>Serves for <paramref name="site"/> from now on.</summary>
    public void Add(ListenerSite site) => _sites = site.Services is null ? [site, .. _sites] : [.. _sites, site];

    /// <summary>Serves for <paramref name="site"/> no longer.</summary>
    public void Remove(ListenerSite site) => _sites = Array.FindAll(_sites, other => !ReferenceEquals(other, site));

    /// <summary>Gives the address back. Requests that are being served have a moment for it, until it is cancelled.</summary>
    public Task StopAsync(CancellationToken cancellation) => _server.StopAsync(s_patience, cancellation);

    private Task ServeAsync(HttpContext context)
    {
        if (_sites is [.., var site])
        {
            if (site.Services is { } services)
            {
                ((DefaultHttpContext)context).ServiceScopeFactory = services;
            }

            if (site.Endpoints.TryMatch(context.Request.Path.Value ?? "", out EndpointPath path))
            {
                return site.Endpoints.ServeAsync(context, path);
            }
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return ResponseText.WriteAsync(context, ResponseText.PlainText, "404 page not found\n");
    }
}
