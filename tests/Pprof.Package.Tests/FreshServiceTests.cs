using System.IO.Compression;
using Pprof.Testing;
using Pprof.Testing.Proto;
using Xunit;

namespace Pprof.Package.Tests;

/// <summary>What a user gets who adds the package and the one line to a new service.</summary>
[Collection(nameof(PackedPackage))]
public sealed class FreshServiceTests(PackedPackage package)
{
    private const string NativeAot = """
        <PublishAot>true</PublishAot>
        <InvariantGlobalization>true</InvariantGlobalization>
        """;

    [Fact]
    public async Task ANewServiceServesTheIndex()
    {
        using FreshService fresh = await FreshService.CreateAsync(package, "net10.0");
        using RunningService service = await fresh.BuildAndStartAsync();

        Assert.Contains("/debug/pprof/", await service.Client.GetStringAsync("/debug/pprof/"));
        Assert.Equal("Hello World!", await service.Client.GetStringAsync("/"));
        AssertCleanBuild(fresh);
    }

    [ToolFact(Tools.Linux)]
    public async Task ANewServiceServesACpuProfile()
    {
        using FreshService fresh = await FreshService.CreateAsync(package, "net10.0");
        using RunningService service = await fresh.BuildAndStartAsync();

        AssertHasCpuTime(await ProfileUnderLoadAsync(service));
    }

    [ToolFact(Tools.Linux)]
    public async Task AServiceThatHasThePackageThroughALibraryServesACpuProfile()
    {
        using FreshService fresh = await FreshService.CreateWithLibraryAsync(package, "net10.0");
        using RunningService service = await fresh.BuildAndStartAsync();

        AssertHasCpuTime(await ProfileUnderLoadAsync(service));
        AssertCleanBuild(fresh);
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task ANativeAotServiceServesTheIndexAndACpuProfile()
    {
        using FreshService fresh = await FreshService.CreateAsync(package, "net9.0", NativeAot);
        using RunningService service = await fresh.PublishAndStartAsync();

        Assert.Contains("/debug/pprof/", await service.Client.GetStringAsync("/debug/pprof/"));
        AssertHasCpuTime(await ProfileUnderLoadAsync(service));
        AssertCleanBuild(fresh);
    }

    /// <summary>One second of a service that is kept busy meanwhile.</summary>
    private static async Task<Profile> ProfileUnderLoadAsync(RunningService service)
    {
        Task<byte[]> profile = service.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=1");
        while (!profile.IsCompleted)
            await service.Client.GetStringAsync("/");

        using var unzipped = new GZipStream(new MemoryStream(await profile), CompressionMode.Decompress);
        return Profile.Parser.ParseFrom(unzipped);
    }

    private static void AssertHasCpuTime(Profile profile)
    {
        string[] types = [.. profile.SampleType.Select(type => $"{profile.StringTable[(int)type.Type]}/{profile.StringTable[(int)type.Unit]}")];
        Assert.Equal(["samples/count", "cpu/nanoseconds"], types);
        Assert.True(profile.Sample.Sum(sample => sample.Value[1]) > 0, "The profile has no CPU time.");
        Assert.Contains(profile.StringTable, name => name.StartsWith("Microsoft.AspNetCore."));
    }

    /// <summary>Neither the generator (AD0001, CS8032) nor the trimmer (IL2026 and others) had anything to say.</summary>
    private static void AssertCleanBuild(FreshService fresh) =>
        Assert.DoesNotMatch(@"warning (AD|CS|IL|MSB|NETSDK|PPROF)\w*\d+", fresh.BuildOutput);
}
