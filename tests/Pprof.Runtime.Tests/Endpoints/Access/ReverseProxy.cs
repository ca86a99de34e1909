using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pprof.Testing;

namespace Pprof.Runtime.Tests.Endpoints.Access;

/// <summary>A real proxy in front of a service, under the account that its Debian package gives it.</summary>
internal sealed class ReverseProxy : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly System.Diagnostics.Process _process;

    private ReverseProxy(string tool, Func<string, int, string> configuration, Func<string, string[]> arguments)
    {
        int port = FreePort();
        string file = Path.Combine(_folder.Path, "proxy.conf");
        File.WriteAllText(file, configuration(_folder.Path, port));
        ProcessStartInfo start = ChildProcess.Describe(Tools.PathOf(tool), arguments(file), _folder.Path, environment: null);
        _process = System.Diagnostics.Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Client = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}") };
    }

    /// <summary>A visitor of the proxy.</summary>
    public HttpClient Client { get; }

    /// <summary>nginx whose location has these lines.</summary>
    public static Task<ReverseProxy> StartNginxAsync(string location) => StartAsync(
        Tools.Nginx,
        (folder, port) => $$"""
            user www-data;
            worker_processes 1;
            daemon off;
            pid {{folder}}/pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                server {
                    listen 127.0.0.1:{{port}};
                    location / { {{location}} }
                }
            }
            """,
        file => ["-p", Path.GetDirectoryName(file)!, "-e", "stderr", "-c", file]);

    /// <summary>haproxy in this mode in front of this server.</summary>
    public static Task<ReverseProxy> StartHaProxyAsync(string mode, string server) => StartAsync(
        Tools.HaProxy,
        (_, port) => $"""
            global
                user haproxy
                group haproxy
            defaults
                mode {mode}
                timeout connect 10s
                timeout client 30s
                timeout server 30s
            listen all
                bind 127.0.0.1:{port}
                server service {server}

            """,
        file => ["-db", "-f", file]);

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }

    private static async Task<ReverseProxy> StartAsync(string tool, Func<string, int, string> configuration, Func<string, string[]> arguments)
    {
        var proxy = new ReverseProxy(tool, configuration, arguments);
        try
        {
            await proxy.WaitAsync();
            return proxy;
        }
        catch
        {
            proxy.Dispose();
            throw;
        }
    }

    private async Task WaitAsync()
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port);
                return;
            }
            catch (SocketException) when (tries < 100 && !_process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
