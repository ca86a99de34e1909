using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Whether a request comes from this machine. The address alone does not tell: a reverse proxy on the same machine
/// passes on requests of the whole world, and a web page can make a browser on this machine send requests, also to a host
/// name of its own that resolves to the loopback (DNS rebinding).
/// </summary>
internal static class LoopbackRule
{
    /// <summary>Why the request does not count as one from this machine, as the end of a sentence; null when it does.</summary>
    public static string? Refusal(HttpContext context) =>
        !IsConnectedLocally(context) ? "this one comes from another"
        : Forwarding(context) is { } reason ? reason
        : !IsThisMachine(HostOf(context.Request)) ? "the Host header of this one does not name this machine"
        : CrossSiteRule.Refusal(context.Request);

    /// <summary>What shows that a proxy passed the request on, as the end of a sentence; null where nothing does.</summary>
    public static string? Forwarding(HttpContext context)
    {
        foreach ((string name, _) in context.Request.Headers)
        {
            if (ForwardingHeader.Is(name))
            {
                return $"this one was forwarded by a proxy (it has a header {name})";
            }
        }

        // nginx before 1.29.7 adds no header unless told to, but by default it speaks HTTP/1.0 to what is behind it.
        return HttpProtocol.IsHttp10(context.Request.Protocol) ? "this one is HTTP/1.0, as proxies send it" : null;
    }

    /// <summary>Whether the connection is one within this machine, whoever sent what comes through it.</summary>
    public static bool IsConnectedLocally(HttpContext context) =>
        // No address: a Unix socket or an in-memory server, which only this machine can reach.
        context.Connection.RemoteIpAddress is not { } address || IsLoopback(address);

    /// <summary>Whether a host name or address without its port is this machine's own.</summary>
    public static bool IsThisMachine(string host)
    {
        string name = host.EndsWith('.') ? host[..^1] : host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out IPAddress? address) && IsLoopback(address));
    }

    // As it was sent: HttpRequest.Host decodes international names, of which none is this machine's, and throws at bad ones.
    private static string HostOf(HttpRequest request) => new HostString(request.Headers.Host.ToString()).Host;

    private static bool IsLoopback(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
