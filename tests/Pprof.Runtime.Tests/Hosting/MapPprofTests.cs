using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>The application maps the endpoints itself.</summary>
public sealed class MapPprofTests
{
    [Theory]
    [InlineData("/admin/pprof")]
    [InlineData("admin/pprof/")]
    [InlineData("/admin/pprof/")]
    public async Task MappedPatternTakesThePlaceOfTheAutomaticOne(string pattern)
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), use: app => app.MapPprof(pattern));

        Assert.Contains("Types of profiles", await service.BodyAsync("/admin/pprof/"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/debug/pprof/"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/debug/pprof/heap"));
    }

    [Fact]
    public async Task DefaultPatternIsThePathOfTheOptions()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.Path = "/internal/pprof"), use: app => app.MapPprof());

        Assert.Contains("Types of profiles", await service.BodyAsync("/internal/pprof/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConventionsReachTheEndpoints()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(), use: app => app.MapPprof().RequireHost("pprof.localhost"));
        using HttpResponseMessage named = await service.SendAsync(HttpMethod.Get, "/debug/pprof/", ("Host", "pprof.localhost"));

        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/debug/pprof/"));
    }

    [Theory]
    [InlineData("/debug/pprof", 301, "/debug/pprof/")]
    [InlineData("/debug/pprof?x=1", 301, "/debug/pprof/?x=1")]
    [InlineData("/debug/pprof//heap", 301, "/debug/pprof/heap")]
    [InlineData("/debug/pprof/heap", 200, null)]
    [InlineData("/debug/pprof/heap/", 404, null)]
    [InlineData("/debug/pprof/symbol/", 404, null)]
    [InlineData("/debug/pprof/my/custom%20&%20%3Cown%3E", 200, null)]
    [InlineData("/debug/pprof/nosuch", 404, null)]
    public async Task PathsFollowTheSameRules(string path, int status, string? location)
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), use: app => app.MapPprof());
        using HttpResponseMessage response = await service.GetAsync(path);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(location, RunningService.TargetOf(response));
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
    }

    [Fact]
    public async Task GroupsAndParametersAndPathBasesMayPrecedeThePattern()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), use: app =>
        {
            app.UsePathBase("/base");
            app.MapGroup("/tenants/{tenant}").MapPprof("/pprof");
        });

        Assert.StartsWith("heap profile: total ", await service.BodyAsync("/tenants/a/pprof/heap?debug=1"));
        Assert.StartsWith("heap profile: total ", await service.BodyAsync("/base/tenants/a/pprof/heap?debug=1"));
        using HttpResponseMessage redirection = await service.GetAsync("/base/tenants/a/pprof");
        Assert.Equal("/base/tenants/a/pprof/", RunningService.TargetOf(redirection));
        Assert.Equal(
            [$"pprof serves {service.Client.BaseAddress}tenants/{{tenant}}/pprof/ to this machine only."],
            service.Log.OfPprof.Select(entry => entry.Text));
    }

    [Fact]
    public async Task MappingAfterTheStartReplacesTheAutomaticOne()
    {
        WebApplication? application = null;
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), use: app =>
        {
            application = app;
            app.UsePathBase("/base");
            app.MapGet("/hello", () => "hello");
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/base/debug/pprof/"));
        application!.MapPprof("/other");

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/debug/pprof/"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/base/debug/pprof/"));
    }

    [Fact]
    public async Task PostToSymbolIsAllowedAndOtherPostsAreNot()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), use: app => app.MapPprof());
        using HttpResponseMessage symbol = await service.SendAsync(HttpMethod.Post, "/debug/pprof/symbol");
        using HttpResponseMessage heap = await service.SendAsync(HttpMethod.Post, "/debug/pprof/heap");

        Assert.Equal(HttpStatusCode.OK, symbol.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, heap.StatusCode);
    }

    [Fact]
    public async Task MappedEndpointsDoNotAnswerWhereThereIsAListenerForThem()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.ListenUrl = "http://127.0.0.1:0/"), use: app => app.MapPprof());

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/debug/pprof/"));
    }

    [Fact]
    public void MappingWithoutTheAttributeNamesIt()
    {
        // No host has this route builder, and so no services of this library.
        var routes = new BareRouteBuilder(new ServiceCollection().AddRouting().BuildServiceProvider());
        var exception = Assert.Throws<InvalidOperationException>(() => PprofEndpointRouteBuilderExtensions.MapPprof(routes, null, isRegistered: false));

        Assert.Contains("[assembly: EnablePprof]", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MappingInAHostThatWasNotSeenNamesAddPprof()
    {
        var routes = new BareRouteBuilder(new ServiceCollection().AddRouting().BuildServiceProvider());
        var exception = Assert.Throws<InvalidOperationException>(() => routes.MapPprof());

        Assert.Contains("AddPprof", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningService service, string path)
    {
        using HttpResponseMessage response = await service.GetAsync(path);
        return response.StatusCode;
    }

    private sealed class BareRouteBuilder(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);
    }
}
