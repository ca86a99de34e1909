using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Pprof.CompilerServices;
using Pprof.Hosting.Configuration;

namespace Pprof.Hosting;

/// <summary>The services that a host needs to serve the endpoints.</summary>
internal static class PprofServices
{
    /// <summary>Adds them, unless they are there already.</summary>
    public static void AddTo(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(HostedEndpoints)))
        {
            return;
        }

        // What the attribute and the configuration say comes before everything that the application says in code, and
        // the middleware before every other: whichever of the two calls came first.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<PprofOptions>, PprofOptionsSetup>());
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, PprofStartupFilter>());
        services.AddOptions();
        services.AddSingleton<IPostConfigureOptions<PprofOptions>, PprofOptionsRepair>();
        services.AddSingleton<IOptionsChangeTokenSource<PprofOptions>>(static provider => new ConfigurationChangeTokenSource<PprofOptions>(
            Options.DefaultName,
            provider.GetService<IConfiguration>() is { } configuration ? configuration.GetSection(PprofOptions.SectionName) : new ConfigurationBuilder().Build()));
        services.TryAddSingleton(static provider =>
            PprofRegistration.Applications.Find(provider.GetService<IHostEnvironment>()?.ApplicationName) ?? EmptyManifest);
        services.AddSingleton<HostedEndpoints>();
        services.AddHostedService<PprofHostedService>();
    }

    /// <summary>Serves nothing: for an application that calls <c>AddPprof</c> without the attribute.</summary>
    internal static PprofManifest EmptyManifest { get; } = new() { Configure = _ => { }, Profiles = [] };
}
