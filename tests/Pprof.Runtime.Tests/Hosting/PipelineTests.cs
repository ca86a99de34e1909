using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.Extensions.DependencyInjection;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>The application's middleware does not change what the endpoints answer.</summary>
public sealed class PipelineTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("/base", false)]
    [InlineData("", true)]
    public async Task OutputCacheKeepsNothing(string pathBase, bool mapped)
    {
        var manifest = new TestManifest();
        await using RunningService service = await StartAsync(
            manifest,
            mapped,
            services => services.AddOutputCache(options => options.AddBasePolicy(policy => policy.Cache())),
            app => app.UseOutputCache());
        await service.BodyAsync(pathBase + "/debug/pprof/heap");
        await service.BodyAsync(pathBase + "/debug/pprof/heap");

        Assert.Equal(2, manifest.Heap.Snapshots);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("/base", false)]
    [InlineData("", true)]
    public async Task ProfileIsNotCompressedTwice(string pathBase, bool mapped)
    {
        await using RunningService service = await StartAsync(
            new TestManifest(),
            mapped,
            services => services.AddResponseCompression(options => options.MimeTypes = ["application/octet-stream", "text/html", "text/plain"]),
            app => app.UseResponseCompression());
        using HttpResponseMessage profile = await service.SendAsync(HttpMethod.Get, pathBase + "/debug/pprof/heap", ("Accept-Encoding", "gzip"));
        using HttpResponseMessage hello = await service.SendAsync(HttpMethod.Get, pathBase + "/hello", ("Accept-Encoding", "gzip"));

        Assert.Empty(profile.Content.Headers.ContentEncoding);
        Assert.Equal([0x1f, 0x8b], (await profile.Content.ReadAsByteArrayAsync())[..2]);
        Assert.Equal(["gzip"], hello.Content.Headers.ContentEncoding);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("/base", false)]
    [InlineData("", true)]
    public async Task RateLimitsOfTheApplicationDoNotApply(string pathBase, bool mapped)
    {
        var manifest = new TestManifest();
        await using RunningService service = await StartAsync(
            manifest,
            mapped,
            services => services.AddRateLimiter(options => options.GlobalLimiter =
                PartitionedRateLimiter.Create<HttpContext, string>(_ => OneAtATime())),
            app => app.UseRateLimiter());
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        manifest.Cpu.Work = _ =>
        {
            started.SetResult();
            return release.Task;
        };
        Task<HttpResponseMessage> first = service.GetAsync(pathBase + "/debug/pprof/profile");
        await started.Task;
        using HttpResponseMessage second = await service.GetAsync(pathBase + "/debug/pprof/heap");
        release.SetResult();

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RateLimitThatTheApplicationAsksForApplies(bool ofGroup)
    {
        var manifest = new TestManifest();
        await using RunningService service = await StartAsync(
            manifest,
            mapped: false,
            services => services.AddRateLimiter(options => options.AddPolicy("one", _ => OneAtATime())),
            app =>
            {
                app.UseRateLimiter();
                if (ofGroup)
                {
                    app.MapGroup("").RequireRateLimiting("one").MapPprof();
                }
                else
                {
                    app.MapPprof().RequireRateLimiting("one");
                }
            });
        HttpStatusCode? second = null;
        manifest.Cpu.Work = async _ =>
        {
            using HttpResponseMessage response = await service.GetAsync("/debug/pprof/heap");
            second = response.StatusCode;
        };
        using HttpResponseMessage first = await service.GetAsync("/debug/pprof/profile");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("/base", false)]
    [InlineData("", true)]
    public async Task LogOfTheTrafficHasNoProfiles(string pathBase, bool mapped)
    {
        await using RunningService service = await StartAsync(
            new TestManifest(),
            mapped,
            services => services.AddHttpLogging(options => options.LoggingFields = HttpLoggingFields.All),
            app => app.UseHttpLogging());
        string profile = await service.BodyAsync(pathBase + "/debug/pprof/heap?debug=1");
        await service.BodyAsync(pathBase + "/hello");

        Assert.StartsWith("heap profile: total ", profile);
        string[] logged = [.. service.Log.All.Where(line => line.Contains("HttpLogging", StringComparison.Ordinal))];
        Assert.Contains(logged, line => line.Contains("ResponseBody: hello", StringComparison.Ordinal));
        Assert.DoesNotContain(logged, line => line.Contains("pprof", StringComparison.Ordinal) || line.Contains("heap", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("/base", false)]
    [InlineData("", true)]
    public async Task ProfileOutlivesTheRequestTimeout(string pathBase, bool mapped)
    {
        var manifest = new TestManifest();
        await using RunningService service = await StartAsync(
            manifest,
            mapped,
            services => services.AddRequestTimeouts(options => options.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromMilliseconds(50) }),
            app =>
            {
                app.UseRequestTimeouts();
                app.Map("/slow", async (CancellationToken cancellation) => await Task.Delay(Timeout.Infinite, cancellation));
            });

        // The profile goes on until a request beside it, which began later, has been cut.
        manifest.Cpu.Work = async cancellation =>
        {
            using HttpResponseMessage slow = await service.GetAsync(pathBase + "/slow");
            Assert.Equal(HttpStatusCode.GatewayTimeout, slow.StatusCode);
            cancellation.ThrowIfCancellationRequested();
        };
        using HttpResponseMessage response = await service.GetAsync(pathBase + "/debug/pprof/profile");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task RedirectionToHttpsDoesNotApply()
    {
        await using RunningService service = await StartAsync(
            new TestManifest(), mapped: false, services => services.AddHttpsRedirection(options => options.HttpsPort = 1), app => app.UseHttpsRedirection());
        using HttpResponseMessage page = await service.GetAsync("/debug/pprof/");
        using HttpResponseMessage hello = await service.GetAsync("/hello");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, hello.StatusCode);
    }

    /// <summary>The path base is taken off inside of the application's pipeline, behind the redirection.</summary>
    [Fact]
    public async Task RedirectionToHttpsAppliesBelowAPathBase()
    {
        await using RunningService service = await StartAsync(
            new TestManifest(), mapped: false, services => services.AddHttpsRedirection(options => options.HttpsPort = 1), app => app.UseHttpsRedirection());
        using HttpResponseMessage page = await service.GetAsync("/base/debug/pprof/");

        Assert.Equal(HttpStatusCode.TemporaryRedirect, page.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DescriptionOfTheApiDoesNotShowTheEndpoints(bool mapped)
    {
        await using RunningService service = await StartAsync(
            new TestManifest(), mapped, services => services.AddOpenApi(), app => app.MapOpenApi());
        string document = await service.BodyAsync("/openapi/v1.json");

        Assert.Contains("/hello", document, StringComparison.Ordinal);
        Assert.DoesNotContain("pprof", document, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AntiforgeryOfAGroupDoesNotReadTheBodyOfSymbol()
    {
        await using RunningService service = await StartAsync(
            new TestManifest(),
            mapped: false,
            services => services.AddAntiforgery(),
            app =>
            {
                app.UseAntiforgery();
                app.MapGet("/token", (HttpContext context, IAntiforgery antiforgery) => antiforgery.GetAndStoreTokens(context).HeaderName);
                app.MapGroup("/group").WithMetadata(new RequireAntiforgeryTokenAttribute()).MapPprof();
            });

        // Only of a client with the cookie does antiforgery look into the form for the other half of the token.
        await service.BodyAsync("/token");
        using var form = new StringContent("key=" + new string('1', 4096), mediaType: new("application/x-www-form-urlencoded"));
        using HttpResponseMessage response = await service.Client.PostAsync("/group/debug/pprof/symbol", form);

        Assert.Contains("buffer full", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static RateLimitPartition<string> OneAtATime() =>
        RateLimitPartition.GetConcurrencyLimiter("all", _ => new() { PermitLimit = 1, QueueLimit = 0 });

    private static Task<RunningService> StartAsync(
        TestManifest manifest, bool mapped, Action<IServiceCollection> configure, Action<WebApplication> use) =>
        RunningService.StartAsync(
            manifest,
            builder => configure(builder.Services),
            app =>
            {
                app.UsePathBase("/base");
                app.UseRouting();
                use(app);
                app.MapGet("/hello", () => "hello");
                if (mapped)
                {
                    app.MapPprof();
                }
            });
}
