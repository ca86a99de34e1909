using System.Collections.Concurrent;

namespace Pprof.Package.Tests;

/// <summary>NativeAOT services by the profiles that their attribute names, each published once for all tests.</summary>
public sealed class NativeServices : IDisposable
{
    private readonly ConcurrentDictionary<string, Task<FreshService>> _services = new();

    /// <summary>The service with these profiles, and what its project says beside.</summary>
    internal Task<FreshService> GetAsync(PackedPackage package, string profiles, string properties = "") =>
        _services.GetOrAdd(profiles + properties, _ => PublishAsync(package, profiles, properties));

    public void Dispose()
    {
        foreach (Task<FreshService> service in _services.Values.Where(service => service.IsCompletedSuccessfully))
            service.Result.Dispose();
    }

    private static async Task<FreshService> PublishAsync(PackedPackage package, string profiles, string properties)
    {
        FreshService service = await FreshService.CreateAsync(
            package,
            attribute: $"Pprof.EnablePprof(Profiles = Pprof.PprofProfiles.{profiles})",
            properties: FreshService.NativeAot + properties);
        await service.PublishAsync();
        return service;
    }
}
