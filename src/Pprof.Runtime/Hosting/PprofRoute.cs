using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Pprof.Endpoints;

namespace Pprof.Hosting;

/// <summary>The one route that leads to all endpoints, and what it tells the application's middleware.</summary>
internal static class PprofRoute
{
    /// <summary>The display name of every route to all endpoints.</summary>
    public const string DisplayName = "pprof";

    /// <summary>That of a route to one of them.</summary>
    public const string SiblingDisplayName = "pprof, one profile";

    private const string NameParameter = "pprofProfile";

    /// <summary>
    /// For every route: a profile takes as long as it was asked to, is never the same twice, belongs into no log and is
    /// not part of the application's API.
    /// </summary>
    public static IReadOnlyList<object> Metadata { get; } =
    [
        new ExcludeFromDescriptionAttribute(),
        new DisableRequestTimeoutAttribute(),
        new OutputCacheAttribute { NoStore = true },
        new RequireAntiforgeryTokenAttribute(required: false),
        new HttpLoggingAttribute(HttpLoggingFields.None),
    ];

    /// <summary>
    /// For routes that the application does not know of: its policies do not apply to them. Who gets in is decided by
    /// the endpoints' own access rule.
    /// </summary>
    public static IReadOnlyList<object> UnattendedMetadata { get; } =
    [
        new AllowAnonymousAttribute(),
        new DisableHttpMetricsAttribute(),
        new DisableRateLimitingAttribute(),
    ];

    /// <summary>A route below <paramref name="prefix"/>.</summary>
    public static RouteEndpointBuilder Create(HostedEndpoints host, string prefix) =>
        WithMetadata(new RouteEndpointBuilder(Delegate(host), Pattern(prefix), order: 0) { DisplayName = DisplayName });

    /// <summary>A route at <paramref name="path"/> alone, to one of the endpoints.</summary>
    public static RouteEndpointBuilder Create(HostedEndpoints host, string path, EndpointPath target) =>
        WithMetadata(new RouteEndpointBuilder(Delegate(host, target), RoutePatternFactory.Parse(path), order: 0) { DisplayName = SiblingDisplayName });

    /// <summary>
    /// Takes the route out of the application's global rate limit, which counts requests of clients, unless the
    /// application asks for a limit on the route itself or on a group around it.
    /// </summary>
    public static void ExemptFromGlobalRateLimit(EndpointBuilder builder)
    {
        // The attribute that disables wins over the one that enables, whichever came first.
        if (!builder.Metadata.OfType<EnableRateLimitingAttribute>().Any())
        {
            builder.Metadata.Add(new DisableRateLimitingAttribute());
        }
    }

    /// <summary>The pattern that matches <paramref name="prefix"/> and everything below it.</summary>
    public static RoutePattern Pattern(string prefix) => RoutePatternFactory.Parse(prefix.TrimEnd('/') + "/{**" + NameParameter + "}");

    /// <summary>The prefix that a route of <see cref="Pattern"/> stands for, groups included.</summary>
    public static string Prefix(RoutePattern pattern) =>
        "/" + pattern.RawText?.Replace("{**" + NameParameter + "}", "", StringComparison.Ordinal).Trim('/');

    /// <summary>What the route does.</summary>
    public static RequestDelegate Delegate(HostedEndpoints host) => Delegate(
        host,
        static context => EndpointPath.FromRoute(context.Request.Path.Value ?? "", (string?)context.Request.RouteValues[NameParameter]));

    /// <summary>What a route to one endpoint does.</summary>
    public static RequestDelegate Delegate(HostedEndpoints host, EndpointPath target) => Delegate(host, _ => target);

    private static RequestDelegate Delegate(HostedEndpoints host, Func<HttpContext, EndpointPath> path) => context =>
    {
        if (host.Options.ListenUrl is not null)
        {
            // There is a listener for the endpoints, so that the application's own ones need not serve them.
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return host.Endpoints.ServeAsync(context, path(context));
    };

    private static RouteEndpointBuilder WithMetadata(RouteEndpointBuilder builder)
    {
        foreach (object item in Metadata)
        {
            builder.Metadata.Add(item);
        }

        return builder;
    }
}
