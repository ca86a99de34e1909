using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Pprof.Endpoints;

namespace Pprof.Hosting;

/// <summary>
/// Puts the endpoints in front of the application's pipeline, where neither its fallback routes nor its middleware
/// (caching, compression, rate limits, redirection to https) reach them.
/// </summary>
internal sealed class PprofStartupFilter(HostedEndpoints host) : IStartupFilter
{
    // Where UseRouting leaves the route builder whose endpoints it matches.
    private const string RouteBuilderKey = "__EndpointRouteBuilder";

    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        PathBaseEndpoints? pathBase = null;
        app.Use(following => context =>
        {
            if (!host.TryMatch(context.Request.Path.Value, out EndpointPath path))
            {
                pathBase?.Expect(context.Request.Path.Value);
                if (host.IsBesideTheApplication)
                {
                    host.Endpoints.Observe(context);
                }

                return following(context);
            }

            // The 30 seconds of a profile are no request duration of the application.
            if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
            {
                metrics.MetricsDisabled = true;
            }

            return host.Endpoints.ServeAsync(context, path);
        });
        next(app);

        // Below a path base of the application (UsePathBase) the path is known only to its own routing. Joining that is
        // pointless where it has no routes: then it does not run.
        if (app.Properties.TryGetValue(RouteBuilderKey, out object? value)
            && value is IEndpointRouteBuilder { DataSources.Count: > 0 } routes)
        {
            pathBase = new PathBaseEndpoints(host);
            routes.DataSources.Add(pathBase);
        }
    };
}
