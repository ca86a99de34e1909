using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Says once for each port that a proxy on this machine forwards to it while the endpoints are open to this machine: what
/// is recognized is refused, but another proxy, or this one with other settings, may not be.
/// </summary>
internal sealed class ForwardedTraffic(ILogger log)
{
    // Of requests to the application: a proxy forwards most of them, and to look at each would cost a microsecond.
    private const int LookAtOneIn = 64;

    [ThreadStatic]
    private static uint s_seen;

    private readonly Lock _gate = new();

    // Replaced as a whole: it is read for every request that is looked at.
    private volatile int[] _warned = [];

    /// <summary>Looks at some of the requests that are the application's own.</summary>
    public void Sample(HttpContext context)
    {
        if (++s_seen % LookAtOneIn == 0)
        {
            Observe(context);
        }
    }

    /// <summary>Looks at a request.</summary>
    public void Observe(HttpContext context)
    {
        // A proxy on another machine is refused for its address.
        if (!_warned.AsSpan().Contains(context.Connection.LocalPort)
            && LoopbackRule.IsConnectedLocally(context)
            && LoopbackRule.Forwarding(context) is { } reason)
        {
            Warn(context, reason);
        }
    }

    /// <summary>Warns, unless it has for this port.</summary>
    public void Warn(HttpContext context, string reason)
    {
        int port = context.Connection.LocalPort;
        bool first;
        lock (_gate)
        {
            first = !_warned.AsSpan().Contains(port);
            _warned = first ? [.. _warned, port] : _warned;
        }

        if (first)
        {
            string place = port > 0 ? string.Create(CultureInfo.InvariantCulture, $"port {port}") : "a Unix socket";
            EndpointLog.Forwarded(log, place, reason);
        }
    }
}
