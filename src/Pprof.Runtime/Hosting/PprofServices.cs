using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pprof.CompilerServices;
using Pprof.Hosting.Configuration;

namespace Pprof.Hosting;

/// <summary>The services that a host needs to serve the endpoints.</summary>
/// <remarks>
/// Made by hand: for each that a container makes by its constructor, a NativeAOT program reads metadata at its start, and
/// allocates a hundred kilobytes for it.
/// </remarks>
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
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<PprofOptions>>(static provider => new PprofOptionsSetup(
            provider.GetRequiredService<PprofManifest>(), provider.GetRequiredService<ILoggerFactory>(), provider.GetService<IConfiguration>())));
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter>(static provider => new PprofStartupFilter(provider.GetRequiredService<HostedEndpoints>())));
        services.AddOptions();
        services.AddSingleton<IPostConfigureOptions<PprofOptions>>(static provider => new PprofOptionsRepair(provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IOptionsChangeTokenSource<PprofOptions>>(static provider => new ConfigurationChangeTokenSource<PprofOptions>(
            Options.DefaultName,
            provider.GetService<IConfiguration>() is { } configuration ? configuration.GetSection(PprofOptions.SectionName) : new ConfigurationBuilder().Build()));
        AddMonitor(services);
        services.TryAddSingleton(static provider =>
            PprofRegistration.Applications.Find(provider.GetService<IHostEnvironment>()?.ApplicationName) ?? EmptyManifest);
        services.AddSingleton(static provider => new HostedEndpoints(
            provider.GetRequiredService<PprofManifest>(),
            provider.GetRequiredService<IOptionsMonitor<PprofOptions>>(),
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetService<IHostApplicationLifetime>()));
        services.AddHostedService(static provider => new PprofHostedService(
            provider.GetRequiredService<HostedEndpoints>(),
            provider,
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILoggerFactory>()));
    }

    /// <summary>What <c>AddOptions</c> makes of open generic types.</summary>
    private static void AddMonitor(IServiceCollection services)
    {
        services.TryAddSingleton<IOptionsFactory<PprofOptions>>(static provider => new OptionsFactory<PprofOptions>(
            provider.GetServices<IConfigureOptions<PprofOptions>>(),
            provider.GetServices<IPostConfigureOptions<PprofOptions>>(),
            provider.GetServices<IValidateOptions<PprofOptions>>()));
        services.TryAddSingleton<IOptionsMonitorCache<PprofOptions>>(static _ => new OptionsCache<PprofOptions>());
        services.TryAddSingleton<IOptionsMonitor<PprofOptions>>(static provider => new OptionsMonitor<PprofOptions>(
            provider.GetRequiredService<IOptionsFactory<PprofOptions>>(),
            provider.GetServices<IOptionsChangeTokenSource<PprofOptions>>(),
            provider.GetRequiredService<IOptionsMonitorCache<PprofOptions>>()));
    }

    /// <summary>Serves nothing: for an application that calls <c>AddPprof</c> without the attribute.</summary>
    internal static PprofManifest EmptyManifest { get; } = new() { Configure = _ => { }, Profiles = [] };
}
