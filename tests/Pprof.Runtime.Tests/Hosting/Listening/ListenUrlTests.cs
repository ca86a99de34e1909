using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pprof.Hosting.Listening;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting.Listening;

/// <summary>The endpoints have a listener of their own.</summary>
public sealed class ListenUrlTests
{
    private static readonly HttpClient s_client = new();

    [Fact]
    public async Task WorkerServesFromTheListener()
    {
        string url = FreeUrl();
        using IHost host = await StartWorkerAsync(url);

        Assert.Contains("Types of profiles", await s_client.GetStringAsync(url + "/debug/pprof/"), StringComparison.Ordinal);
        Assert.StartsWith("heap profile: total ", await s_client.GetStringAsync(url + "/debug/pprof/heap?debug=1"));
        Assert.Equal([$"pprof serves {url}/debug/pprof/ to this machine only."], LogOf(host).OfPprof.Select(entry => entry.Text));
        await host.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => s_client.GetStringAsync(url + "/debug/pprof/"));
    }

    [Fact]
    public async Task EverythingElseOnTheListenerIsNotFound()
    {
        string url = FreeUrl();
        using IHost host = await StartWorkerAsync(url);
        using HttpResponseMessage response = await s_client.GetAsync(url + "/");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("404 page not found\n", await response.Content.ReadAsStringAsync());
        await host.StopAsync();
    }

    [Fact]
    public async Task ListenerOfTheApplicationDoesNotServeThem()
    {
        string url = FreeUrl();
        await using RunningService service = await RunningService.StartAsync(new TestManifest(options => options.ListenUrl = url), use: app =>
        {
            app.UsePathBase("/base");
            app.MapGet("/hello", () => "hello");
        });
        using HttpResponseMessage own = await service.GetAsync("/debug/pprof/");
        using HttpResponseMessage based = await service.GetAsync("/base/debug/pprof/");

        Assert.Equal(HttpStatusCode.NotFound, own.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, based.StatusCode);
        Assert.Contains("Types of profiles", await s_client.GetStringAsync(url + "/debug/pprof/"), StringComparison.Ordinal);
        using HttpResponseMessage hello = await s_client.GetAsync(url + "/hello");
        Assert.Equal(HttpStatusCode.NotFound, hello.StatusCode);
    }

    [Fact]
    public async Task PortThatIsTakenIsAWarning()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string url = $"http://{taken.LocalEndpoint}";
        using IHost host = await StartWorkerAsync(url);

        (LogLevel level, string text) = Assert.Single(LogOf(host).OfPprof);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains(url, text, StringComparison.Ordinal);
        Assert.Contains("in use", text, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Theory]
    [InlineData(":6060")]
    [InlineData("localhost:6060")]
    public async Task AnAddressWithoutASchemeIsToldOfIt(string url)
    {
        using IHost host = await StartWorkerAsync(url);

        (_, string text) = Assert.Single(LogOf(host).OfPprof);
        Assert.StartsWith($"pprof cannot listen on {url}: an address to listen on begins with http://, as in http://localhost:6060", text, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://")]
    [InlineData("http://localhost:0")]
    [InlineData("http://localhost:99999")]
    [InlineData("http://127.0.0.1:0/path")]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("ftp://127.0.0.1:0")]
    public async Task AddressThatCannotBeServedIsAWarning(string url)
    {
        using IHost host = await StartWorkerAsync(url);

        (LogLevel level, string text) = Assert.Single(LogOf(host).OfPprof);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith($"pprof cannot listen on {url}: ", text, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task ListenerFollowsTheConfiguration()
    {
        (string first, string second) = (FreeUrl(), FreeUrl());
        using IHost host = await StartWorkerAsync(first);
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        configuration["Pprof:ListenUrl"] = second;
        configuration.Reload();

        await UntilAsync(() => AnswersAsync(second));
        await UntilAsync(async () => !await AnswersAsync(first));
        configuration["Pprof:ListenUrl"] = "";
        configuration.Reload();
        await UntilAsync(async () => !await AnswersAsync(second));
        await host.StopAsync();
    }

    [Fact]
    public async Task HostsWithTheSameAddressShareTheListener()
    {
        string url = FreeUrl();
        using IHost first = await StartWorkerAsync(url);
        using IHost second = await StartWorkerAsync(url, options => options.Path = "/second");

        Assert.True(await AnswersAsync(url, "/second/"));
        await second.StopAsync();
        Assert.True(await AnswersAsync(url));
        await first.StopAsync();
        Assert.False(await AnswersAsync(url));
    }

    [Fact]
    public async Task HostThatIsBuiltAgainListensAgain()
    {
        string url = FreeUrl();
        for (int i = 0; i < 3; i++)
        {
            using IHost host = await StartWorkerAsync(url);
            Assert.True(await AnswersAsync(url));
            await host.StopAsync();
        }
    }

    [Fact]
    public async Task HostThatIsOnlyDisposedGivesTheAddressBack()
    {
        string url = FreeUrl();
        using (await StartWorkerAsync(url))
        {
            Assert.True(await AnswersAsync(url));
        }

        Assert.False(await AnswersAsync(url));
    }

    [Fact]
    public async Task ListenerThatWasThereBeforeTheHostIsTakenOver()
    {
        string url = FreeUrl();
        var options = new PprofOptions { ListenUrl = url, Path = "/before" };
        var standalone = new StandaloneListener(new TestManifest().Manifest, options, NullLogger.Instance);
        await standalone.StartAsync(NullLogger.Instance);
        DedicatedListener? listener = standalone.Listener;
        Assert.True(await AnswersAsync(url, "/before/"));

        using (IHost host = await StartWorkerAsync(url))
        {
            await standalone.LeaveUnlessAsync(url);
            Assert.True(await AnswersAsync(url));
            Assert.Same(listener, standalone.Listener);
            await host.StopAsync();
        }

        Assert.True(await AnswersAsync(url, "/before/"));
        await standalone.LeaveUnlessAsync(null);
        Assert.False(await AnswersAsync(url, "/before/"));
    }

    [Fact]
    public async Task AddressThatIsWrittenInAnotherWayIsTheSame()
    {
        string url = FreeUrl();
        string same = url.ToUpperInvariant() + "/";
        var standalone = new StandaloneListener(new TestManifest().Manifest, new PprofOptions { ListenUrl = url }, NullLogger.Instance);
        await standalone.StartAsync(NullLogger.Instance);

        using (IHost host = await StartWorkerAsync(same))
        {
            await standalone.LeaveUnlessAsync(same);
            Assert.NotNull(standalone.Listener);
            Assert.True(await AnswersAsync(url));
            Assert.DoesNotContain(LogOf(host).OfPprof, entry => entry.Level == LogLevel.Warning);
            await host.StopAsync();
        }

        await standalone.LeaveUnlessAsync(null);
        Assert.False(await AnswersAsync(url));
    }

    [Fact]
    public async Task HostThatIsBuiltAndNeverStartedLeavesTheListenerToTheProcess()
    {
        string url = FreeUrl();
        var standalone = new StandaloneListener(
            new TestManifest().Manifest, new PprofOptions { ListenUrl = url }, NullLogger.Instance, patienceWithBuilder: TimeSpan.FromMilliseconds(1));
        standalone.WaitForHost();

        await UntilAsync(() => AnswersAsync(url)).WaitAsync(TimeSpan.FromSeconds(30));
        await standalone.LeaveUnlessAsync(null);
        Assert.False(await AnswersAsync(url));
    }

    [Fact]
    public async Task ListenerThatLeavesDoesNotWaitForAProfile()
    {
        string url = FreeUrl();
        var manifest = new TestManifest();
        var started = new TaskCompletionSource();
        manifest.Cpu.Work = cancellation =>
        {
            started.SetResult();
            return Task.Delay(Timeout.Infinite, cancellation);
        };
        var standalone = new StandaloneListener(manifest.Manifest, new PprofOptions { ListenUrl = url }, NullLogger.Instance);
        await standalone.StartAsync(NullLogger.Instance);
        using var client = new HttpClient();
        Task<HttpResponseMessage> request = client.GetAsync(url + "/debug/pprof/profile?seconds=600");
        await started.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await standalone.LeaveUnlessAsync(null).WaitAsync(TimeSpan.FromMinutes(1));
        using HttpResponseMessage response = await request;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task HostServesThoughTheProcessCameAfterIt()
    {
        string url = FreeUrl();
        var standalone = new StandaloneListener(
            new TestManifest().Manifest, new PprofOptions { ListenUrl = url, Path = "/process" }, NullLogger.Instance);
        using IHost host = await StartWorkerAsync(url);
        await standalone.StartAsync(NullLogger.Instance);

        Assert.NotNull(standalone.Listener);
        Assert.True(await AnswersAsync(url));
        await host.StopAsync();
        Assert.True(await AnswersAsync(url, "/process/"));
        await standalone.LeaveUnlessAsync(null);
    }

    [Fact]
    public async Task HostThatStartsInTimeIsTheOnlyOneThatListens()
    {
        string url = FreeUrl();
        var standalone = new StandaloneListener(
            new TestManifest().Manifest, new PprofOptions { ListenUrl = url }, NullLogger.Instance, patienceWithBuilder: TimeSpan.FromMilliseconds(1));
        await standalone.LeaveUnlessAsync(url);
        standalone.WaitForHost();
        await standalone.StartAsync(NullLogger.Instance);

        Assert.Null(standalone.Listener);
        Assert.False(await AnswersAsync(url));
    }

    [Fact]
    public async Task PolicyIsRefusedWhereNoHostCanBeAsked()
    {
        string url = FreeUrl();
        var options = new PprofOptions { ListenUrl = url, Access = PprofAccess.Policy, AuthorizationPolicy = "operators" };
        var standalone = new StandaloneListener(new TestManifest().Manifest, options, NullLogger.Instance);
        await standalone.StartAsync(NullLogger.Instance);
        using HttpResponseMessage response = await s_client.GetAsync(url + "/debug/pprof/");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        await standalone.LeaveUnlessAsync(null);
    }

    [Fact]
    public async Task ListenerOnAUnixSocketAnswers()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using IHost host = await StartWorkerAsync("http://unix:" + path);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        Assert.Contains("Types of profiles", await client.GetStringAsync("http://localhost/debug/pprof/"), StringComparison.Ordinal);
        await host.StopAsync();
    }

    private static async Task<IHost> StartWorkerAsync(string url, Action<PprofOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        RunningService.AddTo(builder.Services, new TestManifest(options =>
        {
            options.ListenUrl = url;
            configure?.Invoke(options);
        }));
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static RecordingLog LogOf(IHost host) => host.Services.GetRequiredService<RecordingLog>();

    private static async Task<bool> AnswersAsync(string url, string path = "/debug/pprof/")
    {
        try
        {
            using HttpResponseMessage response = await s_client.GetAsync(url + path);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}";
    }
}
