using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Whether a request comes from an allowed network: by the address that the connection has, as nobody can choose that. A
/// proxy in such a network passes on requests of others, and those come from wherever they come from.
/// </summary>
internal static class NetworkRule
{
    /// <summary>Why the request does not count as one from these networks, as the end of a sentence; null when it does.</summary>
    public static string? Refusal(HttpContext context, string networks) =>
        AddressOf(context) is not { } address || !NetworkList.Of(networks).Contains(address) ? "this one comes from another network"
        : LoopbackRule.Forwarding(context);

    // The application's middleware may have put what a header says into the connection, that of a Unix socket as well.
    private static IPAddress? AddressOf(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket ? (socket.RemoteEndPoint as IPEndPoint)?.Address : context.Connection.RemoteIpAddress;
}
