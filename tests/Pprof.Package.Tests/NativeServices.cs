using System.Collections.Concurrent;

namespace Pprof.Package.Tests;

/// <summary>NativeAOT services, each published once for all tests: half a minute of two cores.</summary>
public sealed class NativeServices : IDisposable
{
    private readonly ConcurrentDictionary<string, Task<FreshService>> _services = new();

    /// <summary>One with all profiles.</summary>
    internal Task<FreshService> WithAllAsync(PackedPackage package) => GetAsync(package, "All");

    /// <summary>One with a single profile, and without the viewer.</summary>
    internal Task<FreshService> WithMutexAloneAsync(PackedPackage package) => GetAsync(package, "Mutex", "<PprofViewer>false</PprofViewer>");

    public void Dispose()
    {
        foreach (Task<FreshService> service in _services.Values.Where(service => service.IsCompletedSuccessfully))
            service.Result.Dispose();
    }

    private Task<FreshService> GetAsync(PackedPackage package, string profiles, string properties = "") =>
        _services.GetOrAdd(profiles, _ => PublishAsync(package, profiles, properties));

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
