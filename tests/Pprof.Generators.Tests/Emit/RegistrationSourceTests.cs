using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Emit;

public sealed class RegistrationSourceTests
{
    private const string FileName = "Pprof.EnablePprof.g.cs";
    private const string TopLevelProgram = "return 0;";

    [Fact]
    public Task BareAttributeRegistersEveryProfile() =>
        new GeneratedProject("[assembly: Pprof.EnablePprof]", TopLevelProgram).VerifySourcesAsync((FileName, GoldenFile.Read("Bare.g.cs")));

    [Fact]
    public Task EveryPropertyThatIsSetIsAssigned() =>
        new GeneratedProject(
            """
            using Pprof;

            [assembly: EnablePprof(
                Path = Constants.Path,
                ListenUrl = "http://localhost:6060",
                Profiles = PprofProfiles.None,
                Access = PprofAccess.Policy,
                AuthorizationPolicy = "Operators \"on\u0001 duty\"",
                AllowedNetworks = "10.0.0.0/8, fd00::/8",
                CpuProfileRate = 10 * 10 - 1,
                Labels = PprofLabelsOf.Routes | PprofLabelsOf.Spans,
                MemoryProfile = MemoryProfile.OnDemand,
                MemoryProfileRate = 1 << 20,
                MaxProfileSamples = 8_000,
                MaxProfileBytes = 0)]

            static class Constants
            {
                public const string Path = "/internal/pprof";
            }
            """,
            TopLevelProgram)
            .VerifySourcesAsync((FileName, GoldenFile.Read("EveryProperty.g.cs")));

    [Fact]
    public Task ProjectWithoutTheAttributeGetsNothing() =>
        new GeneratedProject(TopLevelProgram).VerifySourcesAsync();

    [Fact]
    public Task AttributeOfTheSameNameFromElsewhereIsNotOurs() =>
        new GeneratedProject(
            """
            [assembly: Mine.EnablePprof]

            namespace Mine
            {
                [System.AttributeUsage(System.AttributeTargets.Assembly)]
                sealed class EnablePprofAttribute : System.Attribute;
            }
            """,
            TopLevelProgram).VerifySourcesAsync();

    [Theory]
    [InlineData(OutputKind.DynamicallyLinkedLibrary)]
    [InlineData(OutputKind.NetModule)]
    public Task LibraryRegistersNothing(OutputKind outputKind) =>
        new GeneratedProject("[assembly: Pprof.EnablePprof]") { OutputKind = outputKind }.VerifySourcesAsync();

    [Theory]
    [InlineData("namespace Pprof { static class Program { static void Main() { } } }")]
    [InlineData("namespace Pprof.Hosting { class Options; static class Program { static void Main() { } } }")]
    [InlineData("namespace Application { class System; class Pprof; static class Program { static void Main() { } } }")]
    [InlineData("namespace Application.Pprof.System { static class Program { static void Main() { } } }")]
    [InlineData("static class PprofModuleInitializer { static void Main() { } }")]
    [InlineData("using System; Console.WriteLine(1);")]
    [InlineData("partial class Program { private static int Main(string[] arguments) => arguments.Length; }")]
    public Task CompilesBesideAnyProgram(string program) =>
        new GeneratedProject("[assembly: Pprof.EnablePprof]", program).VerifySourcesAsync((FileName, GoldenFile.Read("Bare.g.cs")));

    [Theory]
    [InlineData(LanguageVersion.CSharp12)]
    [InlineData(LanguageVersion.CSharp13)]
    [InlineData(LanguageVersion.Latest)]
    [InlineData(LanguageVersion.Preview)]
    public Task CompilesWithEveryLanguageVersionSince12(LanguageVersion version) =>
        new GeneratedProject("[assembly: Pprof.EnablePprof]", TopLevelProgram) { LanguageVersion = version }
            .VerifySourcesAsync((FileName, GoldenFile.Read("Bare.g.cs")));

    [Fact]
    public Task SecondAttributeIsTheCompilersToReport() =>
        new GeneratedProject("[assembly: Pprof.EnablePprof]", "[assembly: {|CS0579:Pprof.EnablePprof|}]", TopLevelProgram).VerifyDiagnosticsAsync();

    [Theory]
    [InlineData("Path = {|CS0029:1|}")]
    [InlineData("Path = {|CS0103:Missing|}")]
    [InlineData("{|CS0246:Paht|} = \"/\"")]
    public Task ArgumentThatDoesNotCompileAddsNoSecondError(string argument) =>
        new GeneratedProject($"[assembly: Pprof.EnablePprof({argument})]", TopLevelProgram).VerifyDiagnosticsAsync();
}
