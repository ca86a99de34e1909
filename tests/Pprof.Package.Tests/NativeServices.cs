using System.Collections.Concurrent;

namespace Pprof.Package.Tests;

/// <summary>NativeAOT services by the profiles that their attribute names, each published once for all tests.</summary>
public sealed class NativeServices : IDisposable
{
    private readonly ConcurrentDictionary<string, Task<FreshService>> _services = new();

    /// <summary>The service with these profiles.</summary>
    internal Task<FreshService> GetAsync(PackedPackage package, string profiles) =>
        _services.GetOrAdd(profiles, profiles => PublishAsync(package, profiles));

    public void Dispose()
    {
        foreach (Task<FreshService> service in _services.Values.Where(service => service.IsCompletedSuccessfully))
            service.Result.Dispose();
    }

    private static async Task<FreshService> PublishAsync(PackedPackage package, string profiles)
    {
        FreshService service = await FreshService.CreateAsync(
            package,
            attribute: $"Pprof.EnablePprof(Profiles = Pprof.PprofProfiles.{profiles})",
            properties: FreshService.NativeAot);
        await service.PublishAsync();
        return service;
    }
}
