using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Package.Tests;

/// <summary>The attribute decides which collectors a NativeAOT service is made of.</summary>
[Collection(nameof(PackedPackage))]
public sealed class LinkedProfilesTests(PackedPackage package, ITestOutputHelper output)
{
    private const string NativeAot = """
        <PublishAot>true</PublishAot>
        <InvariantGlobalization>true</InvariantGlobalization>
        """;

    // Names as the compiler mangles them. The last alone would also be part of a name of the runtime's own.
    private static readonly string[] s_cpuTypes =
    [
        "Pprof_Collectors_CpuProfileCollector",
        "Pprof_Sources_CpuSignals_CpuSession",
        "Pprof_Sources_CpuSignals_SignalHandler",
    ];

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task AProfileThatIsLeftOutIsNotLinked()
    {
        (long size, string map) all = await PublishAsync("All");
        (long size, string map) none = await PublishAsync("None");
        output.WriteLine($"All: {all.size} bytes. None: {none.size} bytes.");

        Assert.All(s_cpuTypes, type => Assert.True(all.map.Contains(type), $"{type} is not in the service with every profile."));
        Assert.All(s_cpuTypes, type => Assert.False(none.map.Contains(type), $"{type} is in the service without a profile."));
        Assert.Contains("Pprof_Endpoints_IndexPage", none.map);
        Assert.True(none.size < all.size, $"All: {all.size} bytes. None: {none.size} bytes.");
    }

    private async Task<(long Size, string Map)> PublishAsync(string profiles)
    {
        using FreshService fresh = await FreshService.CreateAsync(
            package, "net9.0", NativeAot, $"Pprof.EnablePprof(Profiles = Pprof.PprofProfiles.{profiles})");
        return await fresh.PublishWithMapAsync();
    }
}
