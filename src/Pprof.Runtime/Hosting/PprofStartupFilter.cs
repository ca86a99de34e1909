using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
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
        var front = new Front(host);

        // A call in the last place, with no variable that anybody could still refer to: where the compiler optimizes, it is a
        // jump, and the application's stacks have no frame of this package.
        app.Use(following => context => front.Serve(context) ?? following(context));
        next(app);

        // Below a path base of the application (UsePathBase) the path is known only to its own routing. Joining that is
        // pointless where it has no routes: then it does not run.
        if (app.Properties.TryGetValue(RouteBuilderKey, out object? value)
            && value is IEndpointRouteBuilder { DataSources.Count: > 0 } routes)
        {
            front.PathBase = new PathBaseEndpoints(host);
            routes.DataSources.Add(front.PathBase);
        }
    };

    private sealed class Front(HostedEndpoints host)
    {
        public PathBaseEndpoints? PathBase { get; set; }

        /// <summary>Answers a request for one of the endpoints; null for one of the application.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public Task? Serve(HttpContext context)
        {
            if (!host.TryMatch(context.Request.Path.Value, out EndpointPath path))
            {
                PathBase?.Expect(context.Request.Path.Value);
                if (host.IsBesideTheApplication)
                {
                    host.Endpoints.Observe(context);
                }

                return null;
            }

            // The 30 seconds of a profile are no request duration of the application.
            if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
            {
                metrics.MetricsDisabled = true;
            }

            return host.Endpoints.ServeAsync(context, path);
        }
    }
}
