using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Pprof.Process;

namespace Pprof.Hosting.Listening.Server;

/// <summary>
/// A small HTTP/1 server on threads of its own. Kestrel's requests come through the application's thread pool, and wait for
/// minutes where all its threads are taken, which is when a profile is asked for.
/// </summary>
internal sealed class HttpServer
{
    private const int StackSize = 1024 * 1024;

    // Beyond the limit, so many at a time are told so; the rest is closed.
    private const int MaxRefusals = 8;

    // Before another try where the process has no descriptor for a connection.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    // How long who aborts the requests waits for their threads.
    private static readonly TimeSpan s_abortPatience = TimeSpan.FromSeconds(1);

    private readonly ListenSockets _sockets;
    private readonly object _gate = new();
    private readonly HashSet<HttpConnection> _connections = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _refusals;
    private volatile bool _isStopping;

    private HttpServer(ListenSockets sockets, Func<HttpContext, Task> serve, HttpLimits limits)
    {
        _sockets = sockets;
        Serve = serve;
        Limits = limits;
    }

    /// <summary>Answers a request.</summary>
    public Func<HttpContext, Task> Serve { get; }

    /// <summary>What clients may take.</summary>
    public HttpLimits Limits { get; }

    /// <summary>Where it listens.</summary>
    public string Address => _sockets.Address;

    /// <summary>Whether no more requests are served.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Listens at <paramref name="url"/>. Throws as <see cref="ListenSockets.Bind(string)"/>.</summary>
    public static HttpServer Start(string url, Func<HttpContext, Task> serve, HttpLimits? limits = null)
    {
        var server = new HttpServer(ListenSockets.Bind(url), serve, limits ?? new HttpLimits());
        try
        {
            foreach (Socket socket in server._sockets.Sockets)
            {
                OwnThreads.Start("pprof listen", () => server.Accept(socket));
            }

            return server;
        }
        catch (Exception e)
        {
            server._isStopping = true;
            server._sockets.Dispose();
            throw new IOException(OwnThreads.WhyNone("serves requests"), e);
        }
    }

    /// <summary>
    /// Gives the address back. Requests that are being served go on until <paramref name="patience"/> is over, or
    /// <paramref name="cancellation"/>.
    /// </summary>
    public async Task StopAsync(TimeSpan patience, CancellationToken cancellation)
    {
        _isStopping = true;
        _sockets.Dispose();
        foreach (HttpConnection connection in Snapshot())
        {
            connection.TryCloseIdle();
        }

        lock (_gate)
        {
            if (_connections.Count == 0)
            {
                return;
            }
        }

        try
        {
            await _drained.Task.WithinAsync(patience, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Those that are left are aborted.
        }

        foreach (HttpConnection connection in Snapshot())
        {
            connection.Abort();
        }

        WaitForThreads();
    }

    private HttpConnection[] Snapshot()
    {
        lock (_gate)
        {
            var all = new HttpConnection[_connections.Count];
            _connections.CopyTo(all);
            return all;
        }
    }

    /// <summary>Blocks, for a moment: nothing that was aborted goes on for long.</summary>
    private void WaitForThreads()
    {
        long end = Environment.TickCount64 + (long)s_abortPatience.TotalMilliseconds;
        lock (_gate)
        {
            while (_connections.Count > 0 && end - Environment.TickCount64 is > 0 and var left)
            {
                Monitor.Wait(_gate, (int)left);
            }
        }
    }

    private void Accept(Socket listener)
    {
        while (!_isStopping)
        {
            try
            {
                Begin(listener.Accept());
            }
            catch (Exception)
            {
                // The client has gone already, there is no descriptor or no memory for it, or the server stops.
                if (!_isStopping)
                {
                    Thread.Sleep(s_pause);
                }
            }
        }
    }

    private void Begin(Socket client)
    {
        HttpConnection? connection = null;
        try
        {
            connection = new HttpConnection(this, client);
            if (TryAdmit(connection))
            {
                OwnThreads.Start("pprof request", () => Run(connection), StackSize);
            }
            else if (Volatile.Read(ref _refusals) < MaxRefusals)
            {
                OwnThreads.Start("pprof refusal", () => Refuse(connection));
            }
            else
            {
                client.Dispose();
            }
        }
        catch (Exception)
        {
            // The client has gone, or the process can have no more threads.
            client.Dispose();
            if (connection is not null)
            {
                Leave(connection);
            }
        }
    }

    private void Run(HttpConnection connection)
    {
        try
        {
            connection.Run();
        }
        finally
        {
            Leave(connection);
        }
    }

    private void Refuse(HttpConnection connection)
    {
        Interlocked.Increment(ref _refusals);
        try
        {
            connection.Refuse();
        }
        finally
        {
            Interlocked.Decrement(ref _refusals);
        }
    }

    /// <summary>Whether it is served. Where there are too many, the one that has waited longest for a request has to go.</summary>
    private bool TryAdmit(HttpConnection connection)
    {
        while (true)
        {
            HttpConnection? idlest;
            lock (_gate)
            {
                if (_isStopping)
                {
                    return false;
                }

                if (_connections.Count < Limits.Connections)
                {
                    return _connections.Add(connection);
                }

                idlest = null;
                foreach (HttpConnection other in _connections)
                {
                    if (other.IsIdle && (idlest is null || other.IdleSince < idlest.IdleSince))
                    {
                        idlest = other;
                    }
                }
            }

            if (idlest is null)
            {
                return false;
            }

            if (idlest.TryCloseIdle())
            {
                Leave(idlest);
            }
        }
    }

    private void Leave(HttpConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
            Monitor.PulseAll(_gate);
            if (_connections.Count > 0 || !_isStopping)
            {
                return;
            }
        }

        _drained.TrySetResult();
    }
}
