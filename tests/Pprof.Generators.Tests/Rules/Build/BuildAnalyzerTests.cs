using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Rules.Build;

public sealed class BuildAnalyzerTests
{
    private const string Rest = "Microsoft.AspNetCore.Builder.WebApplication.Create().Run();";

    // No profile of a NativeAOT binary is made of the runtime's events.
    [Theory]
    [InlineData("", "PublishAot=true", "EventSourceSupport=false")]
    [InlineData("", "PublishAot=true", "EventSourceSupport=true")]
    [InlineData("", "PublishAot=false", "EventSourceSupport=false")]
    [InlineData("Profiles = Pprof.PprofProfiles.None", "PublishAot=true", "EventSourceSupport=false")]
    [InlineData("Profiles = Pprof.PprofProfiles.Cpu", "PublishAot=true", "EventSourceSupport=false")]
    [InlineData("", "PublishAot=true", "InvariantGlobalization=true")]
    public async Task ProjectIsFineWithTheRuntimesEventsAndWithoutThem(string arguments, params string[] properties) =>
        Assert.Empty(await Application(arguments, Split(properties)).AnalyzeIdsAsync());

    [Fact]
    public async Task NativeBinaryWithoutNamesIsReported() =>
        Assert.Equal(["PPROF013"], await Application("", ("PublishAot", "True"), ("StackTraceSupport", "False")).AnalyzeIdsAsync());

    [Theory]
    [InlineData("", "PublishAot=true")]
    [InlineData("", "StackTraceSupport=false")]
    [InlineData("Profiles = Pprof.PprofProfiles.None", "PublishAot=true", "StackTraceSupport=false")]
    public async Task ProjectThatHasTheNamesItNeedsIsFine(string arguments, params string[] properties) =>
        Assert.Empty(await Application(arguments, Split(properties)).AnalyzeIdsAsync());

    [Theory]
    [InlineData("win-x64")]
    [InlineData("osx-arm64")]
    public async Task ProfileThatTheTargetCannotServeIsReported(string target) =>
        Assert.Equal(
            [("PPROF014", "Profiles = Pprof.PprofProfiles.Cpu")],
            await Application("Profiles = Pprof.PprofProfiles.Cpu", ("PublishAot", "true"), ("RuntimeIdentifier", target)).AnalyzeAsync());

    [Theory]
    [InlineData("Mutex")]
    [InlineData("Block")]
    [InlineData("Heap")]
    public async Task ProfileThatNeedsHooksForTheTargetIsReported(string profile) =>
        Assert.Equal(
            ["PPROF014"],
            await Application($"Profiles = Pprof.PprofProfiles.{profile}", ("PublishAot", "true"), ("RuntimeIdentifier", "linux-musl-arm64")).AnalyzeIdsAsync());

    [Theory]
    [InlineData("Profiles = Pprof.PprofProfiles.None", "win-x64")]
    [InlineData("Profiles = Pprof.PprofProfiles.All", "win-x64")]
    [InlineData("", "win-x64")]
    [InlineData("Profiles = Pprof.PprofProfiles.Cpu", "linux-musl-arm64")]
    [InlineData("Profiles = Pprof.PprofProfiles.ThreadCreate", "win-x64")]
    [InlineData("Profiles = Pprof.PprofProfiles.Mutex | Pprof.PprofProfiles.Block", "linux-x64")]
    [InlineData("Profiles = Pprof.PprofProfiles.Mutex | Pprof.PprofProfiles.Heap", "linux-arm64")]
    [InlineData("Profiles = Pprof.PprofProfiles.Cpu", "")]
    public async Task ProfileThatTheTargetServesOrNobodyNamedIsFine(string arguments, string target) =>
        Assert.DoesNotContain("PPROF014", await Application(arguments, ("PublishAot", "true"), ("RuntimeIdentifier", target)).AnalyzeIdsAsync());

    [Fact]
    public async Task ApplicationWithoutSymbolsIsToldSo() =>
        Assert.Equal(["PPROF015"], await Application("", ("DebugType", "none")).AnalyzeIdsAsync());

    [Theory]
    [InlineData("portable")]
    [InlineData("embedded")]
    public async Task ApplicationWithSymbolsIsFine(string debugType) =>
        Assert.Empty(await Application("", ("DebugType", debugType)).AnalyzeIdsAsync());

    [Theory]
    [InlineData("")]
    [InlineData("Profiles = Pprof.PprofProfiles.Mutex")]
    [InlineData("Profiles = Pprof.PprofProfiles.Cpu | Pprof.PprofProfiles.ThreadCreate")]
    public async Task LaunchProfileThatTurnsDiagnosticsOffIsReported(string arguments) =>
        Assert.Equal(
            [("PPROF016", "\"DOTNET_EnableDiagnostics\": \"0\"")],
            await (Application(arguments) with
            {
                LaunchSettings = """{ "profiles": { "http": { "environmentVariables": { "DOTNET_EnableDiagnostics": "0" } } } }""",
            }).AnalyzeAsync());

    [Fact]
    public async Task LaunchProfileThatLeavesDiagnosticsOnIsFine() =>
        Assert.Empty(await (Application("") with
        {
            LaunchSettings = """{ "profiles": { "http": { "environmentVariables": { "DOTNET_EnableDiagnostics": "1", "DOTNET_gcServer": "0" } } } }""",
        }).AnalyzeAsync());

    [Theory]
    [InlineData("Profiles = Pprof.PprofProfiles.Cpu")]
    [InlineData("Profiles = Pprof.PprofProfiles.None")]
    public async Task ProfilesThatNeedNoDiagnosticsAreFineWithoutThem(string arguments) =>
        Assert.Empty(await (Application(arguments) with { LaunchSettings = """{ "DOTNET_EnableDiagnostics": "0" }""" }).AnalyzeAsync());

    [Fact]
    public async Task AttributeThatComesFromTheProjectFileIsAnalyzed() =>
        Assert.Equal(
            ["PPROF003", "PPROF008", "PPROF015"],
            await new AnalyzedProject("// <auto-generated/>\n[assembly: Pprof.EnablePprof(Path = \"/\", Access = Pprof.PprofAccess.Anyone)]", Rest)
            {
                Properties = new() { ["DebugType"] = "none" },
            }.AnalyzeIdsAsync());

    [Fact]
    public async Task ProjectWithoutTheAttributeIsNoneOfOurBusiness() =>
        Assert.Empty(await new AnalyzedProject(Rest)
        {
            Properties = new() { ["PublishAot"] = "true", ["EventSourceSupport"] = "false", ["StackTraceSupport"] = "false", ["DebugType"] = "none" },
            LaunchSettings = """{ "DOTNET_EnableDiagnostics": "0" }""",
        }.AnalyzeIdsAsync());

    private static AnalyzedProject Application(string arguments, params (string Name, string Value)[] properties) =>
        new($"[assembly: Pprof.EnablePprof({arguments})]\n{Rest}") { Properties = properties.ToDictionary(property => property.Name, property => property.Value) };

    private static (string Name, string Value)[] Split(string[] properties) =>
        [.. properties.Select(property => (property.Split('=')[0], property.Split('=')[1]))];
}
