using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Hosting;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>The endpoints are there in the in-memory server that people test their services with.</summary>
public sealed class TestServerTests
{
    [Fact]
    public async Task SeveralHostsOfOneProcessHaveTheirOwnEndpoints()
    {
        using IHost first = await StartAsync(new TestManifest(options => options.Path = "/first"));
        using IHost second = await StartAsync(new TestManifest(options => options.Path = "/second"));
        using HttpClient firstClient = first.GetTestClient();
        using HttpClient secondClient = second.GetTestClient();

        Assert.Equal(HttpStatusCode.OK, (await firstClient.GetAsync("/first/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await secondClient.GetAsync("/second/")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await firstClient.GetAsync("/second/")).StatusCode);
        await first.StopAsync();
        Assert.Equal(HttpStatusCode.OK, (await secondClient.GetAsync("/second/heap")).StatusCode);
        await second.StopAsync();
    }

    [Fact]
    public async Task HostHasTheProfilesThatTheProcessRegistered()
    {
        using IHost host = await StartAsync(manifest: null);
        using HttpClient client = host.GetTestClient();

        Assert.StartsWith("heap profile: total ", await client.GetStringAsync("/debug/pprof/heap?debug=1"));
        await host.StopAsync();
    }

    private static async Task<IHost> StartAsync(TestManifest? manifest)
    {
        IHost host = Host.CreateDefaultBuilder()
            .ConfigureServices(services => RunningService.AddTo(services, manifest))
            .ConfigureWebHost(web => web.UseTestServer().Configure(_ => { }))
            .Build();
        await host.StartAsync();
        return host;
    }
}
