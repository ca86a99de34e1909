using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pprof.Hosting;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>The endpoints answer in every kind of host, whatever its pipeline does.</summary>
public sealed class RegistrationTests
{
    public static TheoryData<string> Builders => ["full", "slim", "empty"];

    [Theory]
    [MemberData(nameof(Builders))]
    public async Task EveryWebApplicationServesTheEndpoints(string kind)
    {
        await using RunningService service = await RunningService.StartAsync(Builder(kind));

        Assert.Contains("Types of profiles", await service.BodyAsync("/debug/pprof/"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Builders))]
    public async Task FallbackRouteDoesNotHideTheEndpoints(string kind)
    {
        await using RunningService service = await RunningService.StartAsync(
            Builder(kind), configure: builder => builder.Services.AddRouting(), use: app => app.MapFallback(context => context.Response.WriteAsync("fallback")));

        Assert.Contains("Types of profiles", await service.BodyAsync("/debug/pprof/"), StringComparison.Ordinal);
        Assert.Equal("fallback", await service.BodyAsync("/other"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WebApplicationWithAPathBaseServesWithAndWithoutIt(bool explicitRouting)
    {
        await using RunningService service = await RunningService.StartAsync(use: app =>
        {
            app.UsePathBase("/base");
            if (explicitRouting)
            {
                app.UseRouting();
            }

            app.MapGet("/hello", () => "hello");
        });

        Assert.Equal("hello", await service.BodyAsync("/base/hello"));
        await AssertServesWithAndWithoutBaseAsync(service);
    }

    [Fact]
    public async Task RequestsBelowAPathBaseThatComeTogetherAllWaitForTheirRoute()
    {
        await using RunningService service = await RunningService.StartAsync();
        var endpoints = new PathBaseEndpoints(service.Services.GetRequiredService<HostedEndpoints>());
        using var changing = new ManualResetEventSlim();
        using var changed = new ManualResetEventSlim();
        using IDisposable routing = endpoints.GetChangeToken().RegisterChangeCallback(
            _ =>
            {
                changing.Set();
                changed.Wait();
            },
            null);

        Task first = Task.Run(() => endpoints.Expect("/base/debug/pprof/cmdline"));
        changing.Wait();
        Task second = Task.Run(() => endpoints.Expect("/base/debug/pprof/cmdline"));

        bool waits = await Task.WhenAny(second, Task.Delay(200)) != second;
        changed.Set();
        await Task.WhenAll(first, second);
        Assert.True(waits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StartupClassWithAPathBaseServesWithAndWithoutIt(bool mapsFallback)
    {
        using IHost host = Host.CreateDefaultBuilder()
            .ConfigureServices(services => RunningService.AddTo(services, new TestManifest()))
            .ConfigureWebHostDefaults(web => web
                .UseUrls("http://127.0.0.1:0")
                .Configure(app => app
                    .UsePathBase("/base")
                    .UseRouting()
                    .UseEndpoints(endpoints =>
                    {
                        endpoints.MapGet("/hello", () => "hello");
                        if (mapsFallback)
                        {
                            endpoints.MapFallback(context => context.Response.WriteAsync("fallback"));
                        }
                    })))
            .Build();
        await using RunningService service = await RunningService.StartAsync(host);

        Assert.Equal("hello", await service.BodyAsync("/base/hello"));
        await AssertServesWithAndWithoutBaseAsync(service);
    }

    [Fact]
    public async Task StartupClassWithoutRoutesServesTheEndpoints()
    {
        using IHost host = Host.CreateDefaultBuilder()
            .ConfigureServices(services => RunningService.AddTo(services, new TestManifest()))
            .ConfigureWebHostDefaults(web => web
                .UseUrls("http://127.0.0.1:0")
                .Configure(app => app.Run(context => context.Response.WriteAsync("everything"))))
            .Build();
        await using RunningService service = await RunningService.StartAsync(host);

        Assert.Equal("everything", await service.BodyAsync("/debug"));
        Assert.Contains("Types of profiles", await service.BodyAsync("/debug/pprof/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartupTypeServesTheEndpoints()
    {
        using IHost host = Host.CreateDefaultBuilder()
            .ConfigureServices(services => RunningService.AddTo(services, new TestManifest()))
            .ConfigureWebHostDefaults(web => web.UseUrls("http://127.0.0.1:0").UseStartup<Startup>())
            .Build();
        await using RunningService service = await RunningService.StartAsync(host);

        Assert.Equal("startup", await service.BodyAsync("/hello"));
        await AssertServesWithAndWithoutBaseAsync(service);
    }

    [Fact]
    public async Task WebHostThatIsBuiltAgainServesAgain()
    {
        for (int i = 0; i < 3; i++)
        {
            var manifest = new TestManifest();
            await using RunningService service = await RunningService.StartAsync(manifest, use: app => app.MapGet("/hello", () => "hello"));

            Assert.Contains("Types of profiles", await service.BodyAsync("/debug/pprof/"), StringComparison.Ordinal);
            await service.BodyAsync("/debug/pprof/heap");
            Assert.Equal(1, manifest.Heap.Snapshots);
        }
    }

    private static WebApplicationBuilder Builder(string kind)
    {
        switch (kind)
        {
            case "full":
                return WebApplication.CreateBuilder();
            case "slim":
                return WebApplication.CreateSlimBuilder();
            default:
                WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
                builder.WebHost.UseKestrelCore();
                return builder;
        }
    }

    private static async Task AssertServesWithAndWithoutBaseAsync(RunningService service)
    {
        Assert.Contains("<title>/debug/pprof/</title>", await service.BodyAsync("/debug/pprof/"), StringComparison.Ordinal);
        Assert.Contains("<title>/base/debug/pprof/</title>", await service.BodyAsync("/base/debug/pprof/"), StringComparison.Ordinal);
        Assert.StartsWith("heap profile: total ", await service.BodyAsync("/base/debug/pprof/heap?debug=1"));
        using HttpResponseMessage redirection = await service.GetAsync("/base/debug/pprof");
        Assert.Equal(HttpStatusCode.MovedPermanently, redirection.StatusCode);
        Assert.Equal("/base/debug/pprof/", RunningService.TargetOf(redirection));
    }
    private sealed class Startup
    {
        public void Configure(IApplicationBuilder app) => app
            .UsePathBase("/base")
            .UseRouting()
            .UseEndpoints(endpoints => endpoints.MapGet("/hello", () => "startup"));
    }
}
