using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pprof.Endpoints;

/// <summary>The route of a request as a reader of profiles knows it.</summary>
internal static class RouteText
{
    /// <summary>The pattern of an endpoint's route, <c>/orders/{id}</c>: never the path of a request. Null where it has none.</summary>
    public static string? Of(Endpoint? endpoint) =>
        endpoint is RouteEndpoint { RoutePattern.RawText: { } route } ? route.StartsWith('/') ? route : "/" + route : null;
}
