using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Pprof.Process;

namespace Pprof.Hosting.Listening.Server;

/// <summary>
/// A connection and the thread that serves it, one request after the other. What a request awaits is gone on with by
/// <see cref="OwnPool"/>, while the thread watches whether the client is still there.
/// </summary>
internal sealed class HttpConnection : IConnectionItemsFeature, IConnectionSocketFeature
{
    // How soon it is noticed that a client has hung up.
    private static readonly TimeSpan s_watchInterval = TimeSpan.FromMilliseconds(50);

    // How long the client of a response that ends the connection may take to read it.
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private readonly HttpServer _server;
    private readonly ConnectionInput _input;
    private readonly Lock _gate = new();
    private HttpExchange? _exchange;
    private volatile bool _isIdle = true;
    private long _idleSince = Environment.TickCount64;

    public HttpConnection(HttpServer server, Socket socket)
    {
        _server = server;
        Socket = socket;
        _input = new ConnectionInput(socket);
        socket.SendTimeout = (int)server.Limits.Send.TotalMilliseconds;
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }

        var remote = socket.RemoteEndPoint as IPEndPoint;
        var local = socket.LocalEndPoint as IPEndPoint;
        Feature = new HttpConnectionFeature
        {
            ConnectionId = Guid.NewGuid().ToString("N"),
            RemoteIpAddress = remote?.Address,
            RemotePort = remote?.Port ?? 0,
            LocalIpAddress = local?.Address,
            LocalPort = local?.Port ?? 0,
        };
    }

    /// <summary>Whether it waits for a request, or for the rest of its head: who sends one letter a minute is no better than who sends none.</summary>
    public bool IsIdle => _isIdle;

    /// <summary>Since when, in the milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>Its two ends.</summary>
    public IHttpConnectionFeature Feature { get; }

    /// <inheritdoc/>
    public IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <inheritdoc/>
    public Socket Socket { get; }

    /// <summary>Serves until the connection ends.</summary>
    public void Run()
    {
        try
        {
            SynchronizationContext.SetSynchronizationContext(OwnPool.Instance);
            while (TryServe())
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or TimeoutException)
        {
            // The client has gone, or says nothing.
        }
        finally
        {
            Socket.Dispose();
        }
    }

    /// <summary>Answers with status 503, whatever will be asked.</summary>
    public void Refuse()
    {
        try
        {
            SendError(StatusCodes.Status503ServiceUnavailable, "too many connections");
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or TimeoutException)
        {
            // Then without an answer.
        }
        finally
        {
            Socket.Dispose();
        }
    }

    /// <summary>Sends bytes. Waits until the system has taken them.</summary>
    /// <exception cref="SocketException">The client has gone, or reads nothing.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[Socket.Send(bytes[..Math.Min(bytes.Length, 64 * 1024)])..];
        }
    }

    /// <summary>Ends it, and the request that is being served.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _exchange?.CancelRequest();
        }

        Close();
    }

    /// <summary>Ends it if it waits for a request.</summary>
    public bool TryCloseIdle()
    {
        lock (_gate)
        {
            if (!_isIdle)
            {
                return false;
            }

            Close();
            return true;
        }
    }

    /// <summary>Ends it. Its thread notices.</summary>
    public void Close()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    private static long Deadline(TimeSpan patience) => Environment.TickCount64 + (long)patience.TotalMilliseconds;

    private bool TryServe()
    {
        // In this order: who stops the server closes it where it is idle.
        Volatile.Write(ref _idleSince, Environment.TickCount64);
        _isIdle = true;
        if (_server.IsStopping || !_input.WaitForBytes(Deadline(_server.Limits.Idle)))
        {
            return false;
        }

        try
        {
            RequestHead head = RequestHead.Read(_input, Deadline(_server.Limits.Headers));
            lock (_gate)
            {
                _isIdle = false;
            }

            var body = new RequestBody(head, _input, () => Send("HTTP/1.1 100 Continue\r\n\r\n"u8));
            if (!HttpMethods.IsPost(head.Method))
            {
                // Nobody reads it, and behind it stands whether the client is still there.
                body.TryDrain();
            }

            if (Serve(head, body) && body.TryDrain())
            {
                return true;
            }
        }
        catch (BadHttpRequestException e)
        {
            SendError(e.StatusCode, e.Message);
            return false;
        }
        catch (TimeoutException)
        {
            SendError(StatusCodes.Status408RequestTimeout, "the request does not come");
            return false;
        }

        Farewell();
        return false;
    }

    private bool Serve(RequestHead head, RequestBody body)
    {
        using var exchange = new HttpExchange(this, head, body, () => !_server.IsStopping);
        lock (_gate)
        {
            _exchange = exchange;
        }

        try
        {
            Task<bool> served = exchange.ServeAsync(_server.Serve);
            bool isThere = true;
            while (!served.Wait(s_watchInterval))
            {
                // The body of a POST is being read. That of another method nobody reads.
                if (isThere && (body.IsComplete || !HttpMethods.IsPost(head.Method)) && !_input.TryReadAhead())
                {
                    isThere = false;
                    exchange.CancelRequest();
                }
            }

            return served.Result && isThere;
        }
        finally
        {
            lock (_gate)
            {
                _exchange = null;
            }
        }
    }

    private void SendError(int status, string text)
    {
        string body = text + "\n";
        Send(System.Text.Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + $"X-Content-Type-Options: nosniff\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        Farewell();
    }

    /// <summary>
    /// Lets the client read the response: a connection that is closed with bytes in it that nobody has read is reset, and the
    /// response may be lost with it.
    /// </summary>
    private void Farewell()
    {
        Socket.Shutdown(SocketShutdown.Send);
        long deadline = Deadline(s_farewell);
        Span<byte> rest = stackalloc byte[1024];
        while (_input.Read(rest, deadline) > 0)
        {
        }
    }
}
