using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Pprof.Process;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Whether a person on this machine sent a request, as far as Linux tells: a proxy that adds nothing to what it passes on
/// still runs under an account of its own.
/// </summary>
internal static class PeerRule
{
    // Where a connection keeps the answer: its other end stays what it is, and the table of a busy machine is long.
    private static readonly object s_key = new();

    /// <summary>Why the request does not count as one of a person, as the end of a sentence; null when it may be one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isForwarded">Whether a service on this machine sent it.</param>
    public static string? Refusal(HttpContext context, out bool isForwarded)
    {
        ConnectionOwner owner = OperatingSystem.IsLinux() ? Recall(context) : ConnectionOwner.Unknown;
        isForwarded = owner.UserId is { } user && !UserAccounts.IsPerson(user);
        return
            isForwarded ? string.Create(CultureInfo.InvariantCulture, $"this one was sent by the account of a service (user id {owner.UserId}), as a proxy's is")
            : owner == ConnectionOwner.NotFound ? "nobody on this machine has the other end of this one's connection"
            : null; // Where the system does not tell, the other rules hold alone.
    }

    private static ConnectionOwner Recall(HttpContext context)
    {
        IDictionary<object, object?>? items = context.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items is not null)
        {
            // The requests of one connection share it, and come at once where it is HTTP/2.
            lock (items)
            {
                if (items.TryGetValue(s_key, out object? known))
                {
                    return (ConnectionOwner)known!;
                }
            }
        }

        // The kernel walks the table while it changes, and may pass over a line.
        ConnectionOwner owner = Find(context);
        if (owner == ConnectionOwner.NotFound)
        {
            return Find(context);
        }

        if (items is not null)
        {
            lock (items)
            {
                items[s_key] = owner;
            }
        }

        return owner;
    }

    private static ConnectionOwner Find(HttpContext context)
    {
        Socket? socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket?.AddressFamily == AddressFamily.Unix)
        {
            return LocalConnections.OwnerOf(socket);
        }

        // QUIC has no connection that the system knows of.
        ConnectionInfo connection = context.Connection;
        if (connection is not { RemoteIpAddress: { } remote, LocalIpAddress: { } local, RemotePort: > 0 } || HttpProtocol.IsHttp3(context.Request.Protocol))
        {
            return ConnectionOwner.Unknown;
        }

        return LocalConnections.OwnerOf(new IPEndPoint(remote, connection.RemotePort), new IPEndPoint(local, connection.LocalPort));
    }
}
