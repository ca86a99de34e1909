using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.CodeFixes;
using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Rules.EnablePprof;

public sealed class EnablePprofAnalyzerTests
{
    private const string Web = "Microsoft.AspNetCore.Builder.WebApplication.Create().Run();";

    [Fact]
    public async Task LibraryWithTheAttributeIsReportedAndItCanBeRemoved()
    {
        var library = new AnalyzedProject("// A library.\n[assembly: Pprof.EnablePprof]\nclass C;") { OutputKind = OutputKind.DynamicallyLinkedLibrary };
        Assert.Equal([("PPROF002", "Pprof.EnablePprof")], await library.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync("PPROF002", library, "// A library.\n\nclass C;");
    }

    [Fact]
    public async Task LibraryWithoutTheAttributeIsFine() =>
        Assert.Empty(await new AnalyzedProject("class C;") { OutputKind = OutputKind.DynamicallyLinkedLibrary }.AnalyzeAsync());

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/a?b")]
    [InlineData("/{x}/pprof")]
    [InlineData("/a//b")]
    [InlineData("/my pprof")]
    public async Task PathThatIsNoPrefixIsReportedAndTheDefaultIsOffered(string path)
    {
        AnalyzedProject project = Application($"Path = \"{path}\"");
        Assert.Equal([("PPROF003", $"Path = \"{path}\"")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync("PPROF003", project, "[assembly: Pprof.EnablePprof]\n" + Web);
    }

    [Theory]
    [InlineData("/internal/pprof")]
    [InlineData("debug/pprof")]
    [InlineData("/pprof/")]
    public async Task PathThatIsAPrefixIsFine(string path) => Assert.Empty(await Application($"Path = \"{path}\"").AnalyzeAsync());

    [Theory]
    [InlineData("host")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("fd00::/129")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8; fd00::/8")]
    [InlineData("")]
    [InlineData(" , ")]
    [InlineData("10.0.0.0/8, localhost")]
    public async Task NetworkThatIsNoneIsReported(string networks) =>
        Assert.Equal([("PPROF031", $"AllowedNetworks = \"{networks}\"")], await Application($"AllowedNetworks = \"{networks}\"").AnalyzeAsync());

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("10.0.0.0/8,fd00::/8 , 192.0.2.7, ::1")]
    [InlineData("192.0.2.7/32")]
    [InlineData("10.128.0.0/9")]
    public async Task NetworksAreFine(string networks) => Assert.Empty(await Application($"AllowedNetworks = \"{networks}\"").AnalyzeAsync());

    [Theory]
    [InlineData("localhost:6060", "http://localhost:6060")]
    [InlineData("http://localhost:6060/debug/pprof", "http://localhost:6060")]
    [InlineData("unix:/run/pprof.sock", "http://unix:/run/pprof.sock")]
    [InlineData("https://localhost:6060", "http://localhost:6060")]
    [InlineData("https://127.0.0.1:6060/", "http://127.0.0.1:6060")]
    [InlineData("http://localhost:0", "http://127.0.0.1:0")]
    public async Task AddressThatIsNearlyRightIsReportedAndCorrected(string url, string corrected)
    {
        AnalyzedProject project = Application($"ListenUrl = \"{url}\"");
        Assert.Equal([("PPROF004", $"ListenUrl = \"{url}\"")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync(
            "PPROF004", project, $"[assembly: Pprof.EnablePprof(ListenUrl = \"{corrected}\")]\n" + Web);
    }

    [Theory]
    [InlineData("ftp://localhost")]
    [InlineData("http://")]
    [InlineData("http://localhost:port")]
    [InlineData("http://pprof.localhost:0")]
    [InlineData("http://pipe:/pprof")]
    [InlineData("http://pipe:/")]
    [InlineData("http://UNIX:/run/pprof.sock")]
    public async Task AddressThatMeansNothingIsReportedWithoutAFix(string url) =>
        await CodeFixTest<EnablePprofCodeFix>.VerifyNotOfferedAsync("PPROF004", Application($"ListenUrl = \"{url}\""));

    [Theory]
    [InlineData("http://localhost:6060")]
    [InlineData("http://127.0.0.1:6060/")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://[::1]:6060")]
    [InlineData("http://unix:/run/pprof.sock")]
    [InlineData("")]
    public async Task AddressToListenOnIsFine(string url) => Assert.Empty(await Application($"ListenUrl = \"{url}\"").AnalyzeAsync());

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("1001", 1000)]
    public async Task RateOutOfRangeIsReportedAndTheNearestIsOffered(string rate, int nearest)
    {
        AnalyzedProject project = Application($"CpuProfileRate = {rate}");
        Assert.Equal([("PPROF005", $"CpuProfileRate = {rate}")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync(
            "PPROF005", project, $"[assembly: Pprof.EnablePprof(CpuProfileRate = {nearest})]\n" + Web);
    }

    [Theory]
    [InlineData("MutexProfileFraction")]
    [InlineData("BlockProfileRate")]
    [InlineData("MemoryProfileRate")]
    public async Task NegativeRateIsReportedAndZeroIsOffered(string property)
    {
        AnalyzedProject project = Application($"{property} = -1");
        Assert.Equal([("PPROF005", $"{property} = -1")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync(
            "PPROF005", project, $"[assembly: Pprof.EnablePprof({property} = 0)]\n" + Web);
    }

    [Theory]
    [InlineData("CpuProfileRate = 1")]
    [InlineData("CpuProfileRate = 100")]
    [InlineData("CpuProfileRate = 1000")]
    [InlineData("MutexProfileFraction = 0")]
    [InlineData("MutexProfileFraction = int.MaxValue")]
    [InlineData("BlockProfileRate = 0")]
    [InlineData("MemoryProfileRate = 0")]
    [InlineData("BlockProfileRate = 1")]
    [InlineData("BlockProfileRate = long.MaxValue")]
    public async Task RateInRangeIsFine(string argument) => Assert.Empty(await Application(argument).AnalyzeAsync());

    [Fact]
    public async Task PolicyAccessWithoutItsNameIsReported()
    {
        AnalyzedProject project = Application("Access = Pprof.PprofAccess.Policy");
        Assert.Equal([("PPROF006", "Access = Pprof.PprofAccess.Policy")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyNotOfferedAsync("PPROF006", project);
    }

    [Fact]
    public async Task PolicyThatIsNotAskedIsReportedAndCanBeAsked()
    {
        const string Attribute = "[assembly: Pprof.EnablePprof(AuthorizationPolicy = \"operators\")]\n";
        const string Rest =
            """
            using Microsoft.AspNetCore.Builder;
            using Microsoft.Extensions.DependencyInjection;
            var builder = WebApplication.CreateBuilder();
            builder.Services.AddAuthorizationBuilder().AddPolicy("operators", policy => policy.RequireAuthenticatedUser());
            """;
        var project = new AnalyzedProject(Attribute, Rest);
        Assert.Equal([("PPROF006", "AuthorizationPolicy = \"operators\"")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync(
            "PPROF006",
            project,
            "[assembly: Pprof.EnablePprof(AuthorizationPolicy = \"operators\", Access = Pprof.PprofAccess.Policy)]\n",
            Rest);
    }

    [Fact]
    public async Task LanguageThatCannotCompileTheGeneratedCodeIsReported() =>
        Assert.Contains("PPROF017", await (Application("Path = \"/p\"") with { LanguageVersion = LanguageVersion.CSharp11 }).AnalyzeIdsAsync());

    [Fact]
    public async Task LanguageThatCanIsFine() =>
        Assert.Empty(await (Application("Path = \"/p\"") with { LanguageVersion = LanguageVersion.CSharp12 }).AnalyzeIdsAsync());

    private static AnalyzedProject Application(string arguments) => new($"[assembly: Pprof.EnablePprof({arguments})]\n" + Web);
}
