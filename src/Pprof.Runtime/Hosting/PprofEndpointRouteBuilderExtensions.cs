using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pprof;
using Pprof.Endpoints;
using Pprof.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the pprof endpoints as routes of the application.</summary>
public static class PprofEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the pprof endpoints below <paramref name="pattern"/>. This takes the place of the automatic registration:
    /// in this host only the mapped routes answer. They are part of the application's pipeline, and what is added to
    /// them (<c>RequireAuthorization</c>, <c>RequireHost</c>, …) is asked in addition to <see cref="PprofOptions.Access"/>.
    /// A global rate limit does not count them, <c>RequireRateLimiting</c> does.
    /// Where <see cref="PprofOptions.ListenUrl"/> is set, they answer with status 404.
    /// </summary>
    /// <param name="endpoints">Where to map them.</param>
    /// <param name="pattern">The route pattern. Default: <see cref="PprofOptions.Path"/>.</param>
    /// <returns>For conventions on all of the endpoints.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> is null.</exception>
    /// <exception cref="InvalidOperationException">No assembly has <see cref="EnablePprofAttribute"/>.</exception>
    public static IEndpointConventionBuilder MapPprof(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string? pattern = null) =>
        MapPprof(endpoints, pattern, PprofRegistration.Manifest is not null);

    internal static IEndpointConventionBuilder MapPprof(IEndpointRouteBuilder endpoints, string? pattern, bool isRegistered)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<HostedEndpoints>() is not { IsRegistered: true } host)
        {
            throw new InvalidOperationException(isRegistered
                ? "MapPprof finds no pprof services: this host was not built by the generic host. Call services.AddPprof()."
                : "MapPprof has nothing to map: add [assembly: EnablePprof] to the application, so that its table of profiles is compiled in.");
        }

        host.SetMapped();
        string prefix = (pattern ?? host.Options.Path).TrimEnd('/');
        IEndpointConventionBuilder conventions = endpoints
            .Map(PprofRoute.Pattern(prefix), PprofRoute.Delegate(host))
            .WithDisplayName(PprofRoute.DisplayName);
        foreach ((string path, EndpointPath target, _) in host.Endpoints.Beside(prefix))
        {
            conventions = new SharedConventions(
                conventions, endpoints.Map(path, PprofRoute.Delegate(host, target)).WithDisplayName(PprofRoute.SiblingDisplayName));
        }

        _ = conventions.WithMetadata([.. PprofRoute.Metadata]);

        // After the conventions that the application has yet to add.
        conventions.Finally(PprofRoute.ExemptFromGlobalRateLimit);
        return conventions;
    }
}
