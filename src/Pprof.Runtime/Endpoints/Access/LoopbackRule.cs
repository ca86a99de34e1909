using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Whether a request comes from this machine. The address alone does not tell: a reverse proxy on the same machine
/// passes on requests of the whole world, and a web page can make a browser on this machine send requests to a host
/// name that resolves to the loopback (DNS rebinding).
/// </summary>
internal static class LoopbackRule
{
    // What proxies add; X-Original-* is where ASP.NET Core's forwarded-headers middleware keeps what it replaced.
    private static readonly string[] s_forwardingPrefixes = ["X-Forwarded-", "X-Original-"];
    private static readonly HashSet<string> s_forwardingHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP",
        "Fastly-Client-IP", "X-Envoy-External-Address", "X-ProxyUser-Ip",
    };

    /// <summary>Why the request does not count as one from this machine, as the end of a sentence; null when it does.</summary>
    public static string? Refusal(HttpContext context)
    {
        // No address: a Unix socket or an in-memory server, which only this machine can reach.
        if (context.Connection.RemoteIpAddress is { } address && !IsLoopback(address))
        {
            return "this one comes from another";
        }

        foreach (string name in context.Request.Headers.Keys)
        {
            if (s_forwardingHeaders.Contains(name)
                || Array.Exists(s_forwardingPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                return $"this one was forwarded by a proxy (it has a header {name})";
            }
        }

        // nginx adds no header unless told to, but by default it speaks HTTP/1.0 to what is behind it.
        if (HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            return "this one is HTTP/1.0, as proxies send it";
        }

        return IsThisMachine(context.Request.Host.Host) ? null : "the Host header of this one does not name this machine";
    }

    private static bool IsLoopback(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static bool IsThisMachine(string host)
    {
        string name = host.EndsWith('.') ? host[..^1] : host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out IPAddress? address) && IsLoopback(address));
    }
}
