using Microsoft.Extensions.DependencyInjection;
using Pprof.Endpoints;

namespace Pprof.Hosting.Listening;

/// <summary>Whom a dedicated listener serves for: a host, or the process where there is none.</summary>
/// <param name="Endpoints">What answers.</param>
/// <param name="Services">Where an authorization policy is looked up; null without a host.</param>
internal sealed record ListenerSite(PprofEndpoints Endpoints, IServiceScopeFactory? Services);
