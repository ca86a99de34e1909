using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A host that serves on a port of the loopback, and a client for it that follows no redirections.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly IHost _host;

    private RunningService(IHost host)
    {
        _host = host;
        Log = host.Services.GetRequiredService<RecordingLog>();
        string address = host.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
    }

    public HttpClient Client { get; }

    public RecordingLog Log { get; }

    public IServiceProvider Services => _host.Services;

    /// <summary>A service of CreateBuilder with this manifest.</summary>
    public static Task<RunningService> StartAsync(
        TestManifest? manifest = null, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? use = null) =>
        StartAsync(WebApplication.CreateBuilder(), manifest, configure, use);

    /// <summary>A service of this builder.</summary>
    public static async Task<RunningService> StartAsync(
        WebApplicationBuilder builder, TestManifest? manifest = null, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? use = null)
    {
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        AddTo(builder.Services, manifest);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        use?.Invoke(app);
        return await StartAsync(app);
    }

    /// <summary>A host that was built elsewhere and has the services of <see cref="AddTo"/>.</summary>
    public static async Task<RunningService> StartAsync(IHost host)
    {
        await host.StartAsync();
        return new RunningService(host);
    }

    /// <summary>What the tests need in a host.</summary>
    public static void AddTo(IServiceCollection services, TestManifest? manifest)
    {
        RecordingLog.AddTo(services);
        if (manifest is not null)
        {
            services.AddSingleton(manifest.Manifest);
        }
    }

    /// <summary>
    /// Where a response sends the client, as it resolves it: path and query. Null where it sends it nowhere.
    /// </summary>
    /// <param name="response">The response.</param>
    /// <param name="prefix">What a proxy took off the path that the client asked for.</param>
    public static string? TargetOf(HttpResponseMessage response, string prefix = "")
    {
        var asked = new UriBuilder(response.RequestMessage!.RequestUri!);
        asked.Path = prefix + asked.Path;
        return response.Headers.Location is { } location ? new Uri(asked.Uri, location).PathAndQuery : null;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return Client.SendAsync(request);
    }

    public async Task<string> BodyAsync(string path)
    {
        using HttpResponseMessage response = await GetAsync(path);
        return await response.Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
