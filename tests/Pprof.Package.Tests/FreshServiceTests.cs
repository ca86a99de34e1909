using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Pprof.Tool.Proto;
using Xunit;

namespace Pprof.Package.Tests;

/// <summary>What a user gets who adds the package and the one line to a new service.</summary>
[Collection(nameof(PackedPackage))]
public sealed partial class FreshServiceTests(PackedPackage package, NativeServices natives)
{
    // Warnings of NuGet are about the sources of the machine.
    private const string CompilersAndTrimmers = @"(AD|CS|IL|MSB|NETSDK|PPROF)\w*\d+";

    // A service that does next to nothing may spend a second without a sample in its own code.
    private const int MaxAttempts = 10;

    [ToolFact(Tools.Linux)]
    public async Task ANewServiceServesTheIndexAndACpuProfile()
    {
        using FreshService fresh = await FreshService.CreateAsync(package);
        using RunningService service = await fresh.BuildAndStartAsync();

        AssertCleanBuild(fresh);
        Assert.Equal("Hello World!", await service.Client.GetStringAsync("/"));
        Assert.Contains("/debug/pprof/", await service.Client.GetStringAsync("/debug/pprof/"));
        await AssertServesCpuProfileAsync(service);
    }

    /// <summary>The service has the package through a project only, and gets its address from the environment.</summary>
    [Fact]
    public async Task AReleaseWithCentralPackageVersionsServesTheProfileOfItsLibrary()
    {
        using FreshService fresh = await FreshService.CreateAsync(
            package, reference: """<ProjectReference Include="../Library/Library.csproj" />""");
        fresh.AddLibrary("net10.0", """<PackageReference Include="Pprof" />""");
        fresh.Write("Directory.Packages.props", $"""
            <Project>
              <PropertyGroup>
                <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
              </PropertyGroup>
              <ItemGroup>
                <PackageVersion Include="Pprof" Version="{package.Version}" />
              </ItemGroup>
            </Project>
            """);
        await fresh.TakeLeaseAsync();
        await fresh.BuildAsync("Release");
        using RunningService service = await fresh.StartAsync(
            [], environment: new Dictionary<string, string> { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" });

        AssertCleanBuild(fresh);
        await AssertServesLeaseAsync(service);
    }

    [ToolFact(Tools.Linux)]
    public async Task AServiceThatHasThePackageThroughAPackageServesACpuProfileAndTheProfileOfThatPackage()
    {
        using FreshService fresh = await FreshService.CreateAsync(
            package, reference: $"""<PackageReference Include="Library" Version="{package.Version}" />""");
        fresh.AddLibrary("net10.0", package.Reference);
        await fresh.PackLibraryAsync();
        await fresh.TakeLeaseAsync();
        using RunningService service = await fresh.BuildAndStartAsync();

        AssertCleanBuild(fresh);
        await AssertServesLeaseAsync(service);
        await AssertServesCpuProfileAsync(service);
    }

    [Fact]
    public async Task AWorkerIsToldToListenAndDoesAsItIsTold()
    {
        using FreshService fresh = await FreshService.CreateAsync(package, "worker");
        await fresh.BuildAsync();
        Assert.Contains("warning PPROF029: ", fresh.BuildOutput, StringComparison.Ordinal);
        await fresh.AddFrameworkReferenceAsync();
        await fresh.BuildAsync();
        Assert.DoesNotContain("PPROF029", fresh.BuildOutput, StringComparison.Ordinal);
        Assert.Matches(@"Program\.cs\(\d+,\d+\): warning PPROF001: ", fresh.BuildOutput);
        Assert.DoesNotMatch(@"warning (?!PPROF001)" + CompilersAndTrimmers, fresh.BuildOutput);

        string url = FreeUrl();
        await fresh.SetAttributeAsync($"Pprof.EnablePprof(ListenUrl = \"{url}\")");
        await fresh.BuildAsync();
        using RunningService service = await fresh.StartAsync([], ServingLine());

        AssertCleanBuild(fresh);
        Assert.Equal(url, service.Url);
        Assert.Contains("/debug/pprof/", await service.Client.GetStringAsync("/debug/pprof/"));
    }

    /// <summary>And not only that the compiler misses the other half of each.</summary>
    [Fact]
    public async Task ABuildSaysWhyADeclarationIsNoProfile()
    {
        using FreshService fresh = await FreshService.CreateAsync(package);
        fresh.Write("Fresh/Profiles.cs", """
            using Pprof;

            internal partial class Profiles
            {
                [PprofProfile("a")]
                private partial CustomProfile NotStatic { get; }

                [PprofProfile("a//b")]
                private static partial CustomProfile NoPath { get; }

                [PprofProfile("heap")]
                private static partial CustomProfile BuiltIn { get; }

                [PprofProfile("b")]
                private static partial CustomProfile First { get; }

                [PprofProfile("b")]
                private static partial CustomProfile Second { get; }
            }
            """);

        Assert.Equal(["PPROF018", "PPROF019", "PPROF020", "PPROF021"], await fresh.BuildErrorsAsync());
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task ANativeAotServiceServesTheIndexAndACpuProfile()
    {
        FreshService fresh = await natives.WithAllAsync(package);
        using RunningService service = await fresh.StartPublishedAsync();

        AssertCleanBuild(fresh);
        Assert.Contains("/debug/pprof/", await service.Client.GetStringAsync("/debug/pprof/"));
        await AssertServesCpuProfileAsync(service);
    }

    /// <summary>It has no event sources either, of which a web project has some unless it says so.</summary>
    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task ANativeAotServiceOfDotNet9InDebugConfigurationServesItsProfilesAndThatOfItsLibrary()
    {
        using FreshService fresh = await FreshService.CreateAsync(
            package,
            framework: "net9.0",
            properties: FreshService.NativeAot + "<EventSourceSupport>false</EventSourceSupport>",
            reference: """<ProjectReference Include="../Library/Library.csproj" />""");
        fresh.AddLibrary("net9.0", package.Reference);
        await fresh.TakeLeaseAsync();
        await fresh.PublishAsync("Debug");
        using RunningService service = await fresh.StartPublishedAsync();

        AssertCleanBuild(fresh);
        await AssertServesLeaseAsync(service);
        await AssertServesCpuProfileAsync(service, isOptimized: false);
        if (Tools.SkipReason(Tools.Go) is null)
        {
            await AssertTracesWithoutEventSourcesAsync(service);
        }

        if (Tools.SkipReason(Tools.X64Compiler) is null)
        {
            await AssertSamplesAllocationsAsync(service);
        }
    }

    /// <summary>By the runtime's allocation ticks: it samples no allocations.</summary>
    [ToolFact(Tools.Linux)]
    public async Task AServiceOfDotNet9TellsWhatIsAllocatedInAWindow()
    {
        using FreshService fresh = await FreshService.CreateAsync(package, framework: "net9.0", properties: "<SelfContained>true</SelfContained>");
        await fresh.PublishAsync();
        using RunningService service = await fresh.StartPublishedAsync();

        Profile profile = await ProfileUnderLoadAsync(service, "/debug/pprof/allocs?seconds=3");

        AssertCleanBuild(fresh);
        Assert.Contains(profile.StringTable, static text => text.StartsWith("source: the runtime's allocation ticks", StringComparison.Ordinal));
        Assert.Contains(profile.StringTable, static name => name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal));
        Assert.True(profile.Sample.Sum(static sample => sample.Value[1]) > 0);
    }

    /// <summary>
    /// However the hooks come to be left out: the service is there, and says what it lacks. The publish says so where nobody
    /// has asked for that.
    /// </summary>
    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.NativeCompiler)]
    [InlineData("PprofNativeHooks=false")]
    [InlineData("CppCompilerAndLinker=refusing")]
    public async Task ANativeAotServiceWithoutHooksIsPublishedAndSaysSo(string property)
    {
        FreshService fresh = await natives.WithAllAsync(package);
        fresh.Write("refusing", $"""
            #!/bin/sh
            case "$*" in *threads.c*) exit 1;; esac
            exec {Tools.PathOf(Tools.NativeCompiler)} "$@"
            """, executable: true);
        (string folder, string buildOutput) = await fresh.RelinkAsync(property.Replace("refusing", fresh.PathOf("refusing")));
        using RunningService service = await FreshService.StartPublishedAsync(folder);

        AssertCleanBuild(buildOutput);
        Assert.DoesNotContain("Generating native code", buildOutput);
        Assert.Equal(!property.StartsWith("PprofNativeHooks"), buildOutput.Contains("did not compile or link the hooks of its profiles"));
        foreach (string profile in new[] { "heap", "mutex", "block?seconds=1" })
        {
            HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/" + profile);
            Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
            Assert.Contains("PprofNativeHooks", await response.Content.ReadAsStringAsync());
        }

        Assert.DoesNotContain("System.Threading.Thread.Start", await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1"));
    }

    [ToolFact(Tools.Linux, Tools.X64Compiler, Tools.NativeCompiler)]
    public async Task ANativeAotServiceServesWhatItsHooksSee()
    {
        FreshService fresh = await natives.WithAllAsync(package);
        using RunningService service = await fresh.StartPublishedAsync();

        Assert.StartsWith("heap profile: ", await service.Client.GetStringAsync("/debug/pprof/heap?debug=1&gc=1"));
        Assert.StartsWith("--- mutex:\n", await service.Client.GetStringAsync("/debug/pprof/mutex?debug=1"));
        Assert.Contains("System.Threading.Thread.Start", await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1"));
    }

    private static async Task AssertServesLeaseAsync(RunningService service)
    {
        Assert.Contains("Leases by who took them.", await service.Client.GetStringAsync("/debug/pprof/"));
        string text = await service.Client.GetStringAsync("/debug/pprof/library.leases?debug=1");
        Assert.StartsWith("library.leases profile: total 1\n", text);
        Assert.Contains("Library.Leases.Take", text);
    }

    /// <summary>Requests, their regions and samples of CPU time are in a trace, and what the rest needs.</summary>
    private static async Task AssertTracesWithoutEventSourcesAsync(RunningService service)
    {
        const string Needed = "EventSourceSupport";
        Task<byte[]> trace = service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1");
        while (!trace.IsCompleted)
            await service.Client.GetStringAsync("/");

        using var tool = new GoToolTrace(await trace);
        await tool.ReadWholeAsync();
        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.Contains(events, static traced => traced.Name == "UserTaskEnd");
        Assert.Contains(events, static traced => traced.Name == "UserRegion");
        Assert.Contains(events, static traced => traced.Name == "CPUSample");
        Assert.Contains(events, static traced => traced.Name == "UserLog" && traced.Rest.Contains(Needed, StringComparison.Ordinal));

        using HttpResponseMessage refused = await service.Client.GetAsync("/debug/pprof/trace?format=nettrace");
        Assert.Equal(HttpStatusCode.NotImplemented, refused.StatusCode);
        Assert.Contains("NativeAOT", await refused.Content.ReadAsStringAsync());
    }

    /// <summary>What is allocated for requests has stacks, and of what was allocated something is in use.</summary>
    private static async Task AssertSamplesAllocationsAsync(RunningService service)
    {
        Profile allocated = await ProfileUnderLoadAsync(service, "/debug/pprof/allocs?seconds=3");
        Profile live = await ProfileUnderLoadAsync(service, "/debug/pprof/heap?gc=1");

        Assert.Contains(allocated.StringTable, static text => text.StartsWith("source: the runtime's samples of allocations", StringComparison.Ordinal));
        Assert.Contains(allocated.StringTable, static name => name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal));
        Assert.NotEqual(0, allocated.Sample.Sum(static sample => sample.Value[1]));
        Assert.NotEqual(0, live.Sample.Sum(static sample => sample.Value[3]));
    }

    /// <summary>Profiles the service, which is kept busy meanwhile, until one of its samples is in the web server.</summary>
    private static async Task AssertServesCpuProfileAsync(RunningService service, bool isOptimized = true)
    {
        Profile profile = await ProfileUnderLoadAsync(service);
        string[] types = [.. profile.SampleType.Select(type => $"{profile.StringTable[(int)type.Type]}/{profile.StringTable[(int)type.Unit]}")];
        Assert.Equal(["samples/count", "cpu/nanoseconds"], types);

        for (int attempt = 1; !profile.StringTable.Any(name => name.StartsWith("Microsoft.AspNetCore.")); attempt++)
        {
            Assert.True(attempt < MaxAttempts, $"No sample in {attempt} profiles is in the web server.");
            profile = await ProfileUnderLoadAsync(service);
        }

        Assert.True(profile.Sample.Sum(sample => sample.Value[1]) > 0, "The profile has no CPU time.");

        // Who leaves out what this package does must not leave out the application with it: once all is compiled as it stays.
        for (int attempt = 1; isOptimized && profile.Sample.Any(sample => IsBelowThePackage(NamesOf(profile, sample))); attempt++)
        {
            Assert.True(attempt < MaxAttempts, $"Requests of the application have frames of the package in {attempt} profiles.");
            profile = await ProfileUnderLoadAsync(service);
        }
    }

    private static bool IsBelowThePackage(string[] names) =>
        names.Any(static name => name.StartsWith("Microsoft.AspNetCore.Routing.", StringComparison.Ordinal))
        && names.Any(static name => name.StartsWith("Pprof.Hosting.", StringComparison.Ordinal));

    private static string[] NamesOf(Profile profile, Sample sample) =>
    [
        .. sample.LocationId.SelectMany(id => profile.Location.Single(location => location.Id == id).Line)
            .Select(line => profile.StringTable[(int)profile.Function.Single(function => function.Id == line.FunctionId).Name]),
    ];

    private static async Task<Profile> ProfileUnderLoadAsync(RunningService service, string address = "/debug/pprof/profile?seconds=1")
    {
        Task<byte[]> profile = service.Client.GetByteArrayAsync(address);
        while (!profile.IsCompleted)
            await service.Client.GetStringAsync("/");

        using var unzipped = new GZipStream(new MemoryStream(await profile), CompressionMode.Decompress);
        return Profile.Parser.ParseFrom(unzipped);
    }

    /// <summary>Neither the generator (AD0001, CS8032) nor the trimmer (IL2026 and others) had anything to say.</summary>
    private static void AssertCleanBuild(FreshService fresh) => AssertCleanBuild(fresh.BuildOutput);

    private static void AssertCleanBuild(string output) => Assert.DoesNotMatch("warning " + CompilersAndTrimmers, output);

    private static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}";
    }

    [GeneratedRegex("pprof serves (http://.+)/debug/pprof/ to this machine only")]
    private static partial Regex ServingLine();
}
