using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>
/// A profile that answers at a path beside the prefix too, where tools for Go ask for it: in these tests the row <c>profile</c>, at
/// <c>fgprof</c>.
/// </summary>
public sealed class SiblingPathTests
{
    [Theory]
    [InlineData("/debug/pprof", "/debug/fgprof")]
    [InlineData("/debug/pprof", "/debug/FGPROF")]
    [InlineData("/orders/debug/pprof", "/orders/debug/fgprof")]
    [InlineData("/pprof", "/fgprof")]
    public async Task ItAnswersBesideThePrefix(string prefix, string path)
    {
        var manifest = new TestManifest(options => options.Path = prefix);
        await using RunningService service = await RunningService.StartAsync(manifest);
        using HttpResponseMessage response = await service.GetAsync(path + "?seconds=1");
        using HttpResponseMessage bad = await service.GetAsync(path + "?hz=0");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Equal(["1"], bad.Headers.GetValues("X-Go-Pprof"));
    }

    [Theory]
    [InlineData("/debug/pprof", "/fgprof")]
    [InlineData("/debug/pprof", "/debug/fgprof/")]
    [InlineData("/debug/pprof", "/debug/fgprof/profile")]
    [InlineData("/debug/pprof", "/x/debug/fgprof")]
    [InlineData("/debug/pprof", "/debug/xfgprof")]
    [InlineData("/internal/profiles", "/internal/fgprof")]
    [InlineData("/internal/goprof", "/internal/fgprof")]
    public async Task ElsewhereTheApplicationAnswers(string prefix, string path)
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.Path = prefix), use: app => app.MapFallback(() => "the application's own"));

        Assert.Equal("the application's own", await service.BodyAsync(path));
    }

    [Fact]
    public async Task WhereTheProfileIsSwitchedOffTheApplicationAnswers()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.Profiles = PprofProfiles.None), use: app => app.MapFallback(() => "the application's own"));

        Assert.Equal("the application's own", await service.BodyAsync("/debug/fgprof"));
    }

    [Fact]
    public async Task TheRuleOfAccessHoldsForIt()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest());
        using HttpResponseMessage forwarded = await service.SendAsync(HttpMethod.Get, "/debug/fgprof", ("X-Forwarded-For", "10.0.0.1"));

        Assert.Equal(HttpStatusCode.Forbidden, forwarded.StatusCode);
    }

    [Fact]
    public async Task ItAnswersBelowAPathBase()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), use: app =>
        {
            app.UsePathBase("/base");
            app.MapGet("/hello", () => "hello");
        });
        using HttpResponseMessage response = await service.GetAsync("/base/debug/fgprof?seconds=1");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task MappedEndpointsHaveItWithTheirConventions()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(), use: app => app.MapPprof("/admin/pprof/").RequireHost("pprof.localhost"));
        using HttpResponseMessage named = await service.SendAsync(HttpMethod.Get, "/admin/fgprof?seconds=1", ("Host", "pprof.localhost"));
        using HttpResponseMessage other = await service.GetAsync("/admin/fgprof?seconds=1");
        using HttpResponseMessage automatic = await service.GetAsync("/debug/fgprof?seconds=1");

        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, automatic.StatusCode);
        Assert.Contains("/admin/pprof/ to this machine only.", Assert.Single(service.Log.OfPprof, static entry => entry.Text.StartsWith("pprof serves", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("fgprof", string.Join('\n', service.Log.OfPprof.Select(static entry => entry.Text)), StringComparison.Ordinal);
    }
}
