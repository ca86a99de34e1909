using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints.Access;

/// <summary>Who gets an answer, over real connections.</summary>
public sealed class AccessTests
{
    private const string Page = "/debug/pprof/";

    public static TheoryData<string> Paths => [Page, "/debug/pprof", "/debug/pprof/heap", "/debug/pprof/nosuch", "/debug//pprof/heap"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task ForwardedRequestIsRefusedWithAnExplanation(string path)
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest());
        using HttpResponseMessage response = await service.SendAsync(HttpMethod.Get, path, ("X-Forwarded-For", "127.0.0.1"));
        string text = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(["1"], response.Headers.GetValues("X-Go-Pprof"));
        Assert.Contains("X-Forwarded-For", text, StringComparison.Ordinal);
        Assert.Contains("PprofAccess.Policy", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForwardedRequestIsRefusedWhereTheApplicationTrustsProxies()
    {
        // As in a container image that sets ASPNETCORE_FORWARDEDHEADERS_ENABLED: without care everyone could claim to be 127.0.0.1.
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(),
            builder => builder.Configuration["ForwardedHeaders_Enabled"] = "true",
            app =>
            {
                app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All });
                app.MapPprof();
            });
        using HttpResponseMessage response = await service.SendAsync(HttpMethod.Get, Page, ("X-Forwarded-For", "127.0.0.1"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task ForeignHostHeaderIsRefused()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest());
        using HttpResponseMessage response = await service.SendAsync(HttpMethod.Get, Page, ("Host", "rebound.example"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task AnyoneIsAnsweredWhereTheApplicationSaysSo()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(options => options.Access = PprofAccess.Anyone));
        using HttpResponseMessage response = await service.SendAsync(HttpMethod.Get, Page, ("X-Forwarded-For", "10.0.0.1"), ("Host", "service.example"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("guest", HttpStatusCode.Forbidden)]
    [InlineData("operator", HttpStatusCode.OK)]
    public async Task PolicyIsAskedInFrontOfThePipeline(string? role, HttpStatusCode expected)
    {
        await using RunningService service = await RunningService.StartAsync(PolicyManifest("operators"), AddAuthorization);
        using HttpResponseMessage response = await GetAsAsync(service, role);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("guest", HttpStatusCode.Forbidden)]
    [InlineData("operator", HttpStatusCode.OK)]
    public async Task PolicyIsAskedOfMappedEndpoints(string? role, HttpStatusCode expected)
    {
        await using RunningService service = await RunningService.StartAsync(
            PolicyManifest("operators"), AddAuthorization, app => app.MapPprof());
        using HttpResponseMessage response = await GetAsAsync(service, role);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(null, "does not name one")]
    [InlineData("", "does not name one")]
    [InlineData("nosuch", "has none of this name")]
    public async Task PolicyThatDoesNotExistAdmitsNobody(string? name, string explanation)
    {
        await using RunningService service = await RunningService.StartAsync(PolicyManifest(name), AddAuthorization);
        using HttpResponseMessage response = await GetAsAsync(service, "operator");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains(explanation, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyWithoutAuthorizationInTheApplicationAdmitsNobody()
    {
        await using RunningService service = await RunningService.StartAsync(PolicyManifest("operators"));
        using HttpResponseMessage response = await GetAsAsync(service, "operator");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("AddAuthorization", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyThatNobodyCanBeChallengedForIsRefused()
    {
        await using RunningService service = await RunningService.StartAsync(
            PolicyManifest("operators"),
            builder => builder.Services.AddAuthorization(options => options.AddPolicy("operators", policy => policy.RequireRole("operator"))));
        using HttpResponseMessage response = await GetAsAsync(service, "operator");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task RequirementsOfMappedEndpointsAreAskedInAddition()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(), AddAuthorization, app => app.MapPprof().RequireAuthorization("operators"));
        using HttpResponseMessage anonymous = await GetAsAsync(service, null);
        using HttpResponseMessage known = await GetAsAsync(service, "operator");
        using HttpResponseMessage forwarded = await service.SendAsync(HttpMethod.Get, Page, ("X-Role", "operator"), ("X-Forwarded-For", "10.0.0.1"));

        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, forwarded.StatusCode);
    }

    [Fact]
    public async Task FallbackPolicyOfTheApplicationDoesNotApplyBelowAPathBase()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(),
            builder =>
            {
                AddAuthorization(builder);
                builder.Services.Configure<AuthorizationOptions>(options => options.FallbackPolicy = options.GetPolicy("operators"));
            },
            app =>
            {
                app.UsePathBase("/base");
                app.UseRouting();
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGet("/hello", () => "hello");
            });
        using HttpResponseMessage page = await service.GetAsync("/base/debug/pprof/");
        using HttpResponseMessage hello = await service.GetAsync("/base/hello");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, hello.StatusCode);
    }

    private static TestManifest PolicyManifest(string? name) => new(options =>
    {
        options.Access = PprofAccess.Policy;
        options.AuthorizationPolicy = name;
    });

    private static void AddAuthorization(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication("roles").AddScheme<AuthenticationSchemeOptions, RoleHeaderHandler>("roles", null);
        builder.Services.AddAuthorization(options => options.AddPolicy("operators", policy => policy.RequireRole("operator")));
    }

    private static Task<HttpResponseMessage> GetAsAsync(RunningService service, string? role) => role is null
        ? service.GetAsync(Page)
        : service.SendAsync(HttpMethod.Get, Page, ("X-Role", role));

    /// <summary>Believes the header X-Role.</summary>
    private sealed class RoleHeaderHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-Role"] is not [{ } role])
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, role)], Scheme.Name));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name)));
        }
    }
}
