using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Pprof.Hosting.Listening.Server;

/// <summary>The sockets that listen at an address, read as Kestrel reads it: two for <c>localhost</c>, else one.</summary>
internal sealed class ListenSockets : IDisposable
{
    private const int Backlog = 128;

    private readonly List<Socket> _sockets = [];

    private ListenSockets()
    {
    }

    /// <summary>What is listened on.</summary>
    public IReadOnlyList<Socket> Sockets => _sockets;

    /// <summary>The address with the port that the system chose where none was named.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Listens at <paramref name="url"/>.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="FormatException">This is no address.</exception>
    /// <exception cref="InvalidOperationException">An address that cannot be served, such as an https one.</exception>
    /// <exception cref="SocketException">The system does not give it for another reason.</exception>
    public static ListenSockets Bind(string url)
    {
        // As Go's users write it, :6060.
        if (!url.Contains(Uri.SchemeDelimiter, StringComparison.Ordinal))
        {
            throw new FormatException("an address to listen on begins with http://, as in http://localhost:6060");
        }

        BindingAddress address = BindingAddress.Parse(url);
        if (Refusal(address) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }

        if (address.Port is < 0 or > IPEndPoint.MaxPort)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{address.Port} is no port"));
        }

        var sockets = new ListenSockets();
        try
        {
            sockets.Bind(address, url);
            return sockets;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            sockets.Dispose();
            throw new IOException("the address is already in use", e);
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private static string? Refusal(BindingAddress address) =>
        address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? "this listener has no certificate, it serves http:// only"
        : !address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase) ? "only http:// can be served"
        : address.IsNamedPipe ? "named pipes are not served"
        : address.PathBase.Length > 0 ? "an address to listen on has no path"
        : IsLocalhost(address) && address.Port == 0 ? "localhost is two addresses, which have no free port in common; name a port, or 127.0.0.1:0"
        : null;

    private static bool IsLocalhost(BindingAddress address) =>
        !address.IsUnixPipe && address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private void Bind(BindingAddress address, string url)
    {
        if (address.IsUnixPipe)
        {
            Listen(new UnixDomainSocketEndPoint(address.UnixPipePath));
            Address = url;
        }
        else if (IsLocalhost(address))
        {
            BindLocalhost(address.Port);
            Address = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{address.Port}");
        }
        else if (IPAddress.TryParse(address.Host, out IPAddress? ip))
        {
            Address = "http://" + Listen(new IPEndPoint(ip, address.Port));
        }
        else
        {
            Address = "http://" + ListenAnywhere(address.Port);
        }
    }

    /// <summary>Both families, or the one that this machine has.</summary>
    private void BindLocalhost(int port)
    {
        SocketException? failure = null;
        foreach (IPAddress loopback in (ReadOnlySpan<IPAddress>)[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            try
            {
                Listen(new IPEndPoint(loopback, port));
            }
            catch (SocketException e) when (e.SocketErrorCode != SocketError.AddressAlreadyInUse)
            {
                failure = e;
            }
        }

        if (_sockets.Count == 0)
        {
            throw failure!;
        }
    }

    private EndPoint ListenAnywhere(int port)
    {
        try
        {
            return Listen(new IPEndPoint(IPAddress.IPv6Any, port));
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.AddressAlreadyInUse)
        {
            return Listen(new IPEndPoint(IPAddress.Any, port));
        }
    }

    private EndPoint Listen(EndPoint at)
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, at is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (at is IPEndPoint { Address: var ip } && ip.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(at);
            socket.Listen(Backlog);
            _sockets.Add(socket);
            return socket.LocalEndPoint!;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
