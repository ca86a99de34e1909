using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints.Access;

/// <summary>Proxies on the machine of the service pass on requests of the whole world.</summary>
public sealed class ProxyTests
{
    // As nginx does by default since 1.29.7.
    private const string KeepAlive = "proxy_http_version 1.1; proxy_set_header Connection \"\";";

    [ToolTheory(Tools.Linux, Tools.Root, Tools.Nginx)]
    [InlineData("proxy_pass http://localhost:{0};", "HTTP/1.0")]
    [InlineData("proxy_pass http://localhost:{0};" + KeepAlive, "account of a service")]
    [InlineData("proxy_pass http://unix:{1};" + KeepAlive, "account of a service")]
    [InlineData("proxy_pass http://localhost:{0}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" + KeepAlive, "X-Forwarded-For")]
    public async Task VisitorOfNginxIsRefused(string location, string reason)
    {
        await using ProxiedService service = await ProxiedService.StartAsync();
        using ReverseProxy proxy = await ReverseProxy.StartNginxAsync(service.Describe(location));

        await AssertRefusedAsync(proxy, service, reason);
    }

    [ToolTheory(Tools.Linux, Tools.Root, Tools.HaProxy)]
    [InlineData("http", "127.0.0.1:{0}")]
    [InlineData("tcp", "127.0.0.1:{0}")]
    [InlineData("http", "unix@{1}")]
    public async Task VisitorOfHaProxyIsRefused(string mode, string server)
    {
        await using ProxiedService service = await ProxiedService.StartAsync();
        using ReverseProxy proxy = await ReverseProxy.StartHaProxyAsync(mode, service.Describe(server));

        await AssertRefusedAsync(proxy, service, "account of a service");
    }

    [ToolFact(Tools.Linux, Tools.Root, Tools.HaProxy)]
    public async Task VisitorOfAProxyIsRefusedOnTheListenerOfItsOwn()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.ListenUrl = "http://127.0.0.1:0"));
        string address = service.Log.OfPprof.Select(entry => entry.Text).Single(text => text.StartsWith("pprof serves", StringComparison.Ordinal));
        int port = new Uri(address.Split(' ')[2]).Port;
        using ReverseProxy proxy = await ReverseProxy.StartHaProxyAsync("http", $"127.0.0.1:{port}");
        using HttpResponseMessage response = await proxy.Client.GetAsync("/debug/pprof/");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [ToolFact(Tools.Linux, Tools.Nginx)]
    public async Task LogWarnsOnceThatAProxyForwardsToThePortOfTheEndpoints()
    {
        await using ProxiedService service = await ProxiedService.StartAsync();
        using ReverseProxy proxy = await ReverseProxy.StartNginxAsync(service.Describe("proxy_pass http://localhost:{0};"));

        // Requests to the application alone, of which not each is looked at.
        for (int i = 0; i < 2000 && Warnings(service).Count == 0; i++)
        {
            Assert.Equal("hello", await proxy.Client.GetStringAsync("/hello"));
        }

        using HttpResponseMessage refused = await proxy.Client.GetAsync("/debug/pprof/");
        string warning = Assert.Single(Warnings(service));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains($"port {service.Port}", warning, StringComparison.Ordinal);
        Assert.Contains("Pprof:ListenUrl", warning, StringComparison.Ordinal);
        Assert.Contains("Policy", warning, StringComparison.Ordinal);
    }

    // The accounts are those of the Debian packages (www-data, nobody), of the first user and of a directory's.
    [ToolTheory(Tools.Linux, Tools.Root, Tools.Curl)]
    [InlineData(0, HttpStatusCode.OK)]
    [InlineData(1000, HttpStatusCode.OK)]
    [InlineData(1_234_567, HttpStatusCode.OK)]
    [InlineData(33, HttpStatusCode.Forbidden)]
    [InlineData(61_500, HttpStatusCode.Forbidden)]
    [InlineData(65_534, HttpStatusCode.Forbidden)]
    public async Task AccountOfTheClientDecides(int user, HttpStatusCode expected)
    {
        await using ProxiedService service = await ProxiedService.StartAsync();
        foreach (string[] way in (string[][])[
            [$"http://127.0.0.1:{service.Port}/debug/pprof/"],
            [$"http://[::1]:{service.Port6}/debug/pprof/"],
            ["--unix-socket", service.Socket, "http://localhost/debug/pprof/"]])
        {
            ProcessResult result = await ChildProcess.RunAsync(
                "setpriv",
                [$"--reuid={user}", "--clear-groups", Tools.PathOf(Tools.Curl), "-s", "-o", "/dev/null", "-w", "%{http_code}", .. way],
                folder: "/");

            Assert.Equal($"{(int)expected}", result.Output);
        }
    }

    private static async Task AssertRefusedAsync(ReverseProxy proxy, ProxiedService service, string reason)
    {
        using HttpResponseMessage response = await proxy.Client.GetAsync("/debug/pprof/heap");
        using HttpResponseMessage again = await proxy.Client.GetAsync("/debug/pprof/heap");

        // That it is the service that refuses, and not the proxy.
        Assert.Equal("hello", await proxy.Client.GetStringAsync("/hello"));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, again.StatusCode);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(Warnings(service));
    }

    private static List<string> Warnings(ProxiedService service) =>
        [.. service.Log.OfPprof.Where(entry => entry.Level == LogLevel.Warning).Select(entry => entry.Text)];

    /// <summary>A service that listens where proxies look for it.</summary>
    private sealed class ProxiedService : IAsyncDisposable
    {
        private readonly RunningService _service;
        private readonly TemporaryFolder _folder;

        private ProxiedService(RunningService service, TemporaryFolder folder, string socket, int port6) =>
            (_service, _folder, Socket, Port6) = (service, folder, socket, port6);

        public RecordingLog Log => _service.Log;

        public int Port => _service.Client.BaseAddress!.Port;

        public int Port6 { get; }

        public string Socket { get; }

        public static async Task<ProxiedService> StartAsync()
        {
            var folder = new TemporaryFolder();
            string socket = Path.Combine(folder.Path, "service.socket");
            int port6 = 0;
            RunningService service = await RunningService.StartAsync(
                new TestManifest(),
                builder => builder.WebHost.ConfigureKestrel(kestrel =>
                {
                    kestrel.Listen(IPAddress.Loopback, 0);
                    kestrel.Listen(IPAddress.IPv6Loopback, 0);
                    kestrel.ListenUnixSocket(socket);
                }),
                app =>
                {
                    app.MapGet("/hello", () => "hello");
                    app.Lifetime.ApplicationStarted.Register(() => port6 = new Uri(app.Urls.Single(url => url.Contains("[::1]", StringComparison.Ordinal))).Port);
                });
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
                File.SetUnixFileMode(socket, (UnixFileMode)0b110_110_110);
            }

            return new ProxiedService(service, folder, socket, port6);
        }

        /// <summary>A line of configuration with the port for {0} and the socket for {1}.</summary>
        public string Describe(string line) =>
            line.Replace("{0}", $"{Port}", StringComparison.Ordinal).Replace("{1}", Socket, StringComparison.Ordinal);

        public async ValueTask DisposeAsync()
        {
            await _service.DisposeAsync();
            _folder.Dispose();
        }
    }
}
