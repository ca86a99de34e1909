using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.Generators.Tests.Testing;
using Xunit;
using Test = Pprof.Generators.Tests.Testing.CSharpGeneratorTest<Pprof.Generators.EnablePprofGenerator>;

namespace Pprof.Generators.Tests.Emit;

public sealed class RegistrationSourceTests
{
    private const string FileName = "Pprof.EnablePprof.g.cs";
    private const string TopLevelProgram = "return 0;";

    [Fact]
    public void BareAttributeRegistersEveryProfile() =>
        Test.VerifySources(
            TestCompilation.Create(["[assembly: Pprof.EnablePprof]", TopLevelProgram]),
            (FileName, GoldenFile.Read("Bare.g.cs")));

    [Fact]
    public void EveryPropertyThatIsSetIsAssigned() =>
        Test.VerifySources(
            TestCompilation.Create(
            [
                """
                using Pprof;

                [assembly: EnablePprof(
                    Path = Constants.Path,
                    ListenUrl = "http://localhost:6060",
                    Profiles = PprofProfiles.None,
                    Access = PprofAccess.Policy,
                    AuthorizationPolicy = "Operators \"on\u0001 duty\"",
                    CpuProfileRate = 10 * 10 - 1)]

                static class Constants
                {
                    public const string Path = "/internal/pprof";
                }
                """,
                TopLevelProgram,
            ]),
            (FileName, GoldenFile.Read("EveryProperty.g.cs")));

    [Fact]
    public void ProjectWithoutTheAttributeGetsNothing() =>
        Test.VerifySources(TestCompilation.Create([TopLevelProgram]));

    [Fact]
    public void AttributeOfTheSameNameFromElsewhereIsNotOurs() =>
        Test.VerifySources(TestCompilation.Create(
        [
            """
            [assembly: Mine.EnablePprof]

            namespace Mine
            {
                [System.AttributeUsage(System.AttributeTargets.Assembly)]
                sealed class EnablePprofAttribute : System.Attribute;
            }
            """,
            TopLevelProgram,
        ]));

    [Theory]
    [InlineData(OutputKind.DynamicallyLinkedLibrary)]
    [InlineData(OutputKind.NetModule)]
    public void LibraryRegistersNothing(OutputKind outputKind) =>
        Test.VerifySources(TestCompilation.Create(["[assembly: Pprof.EnablePprof]"], outputKind));

    [Theory]
    [InlineData("namespace Pprof { static class Program { static void Main() { } } }")]
    [InlineData("namespace Pprof.Hosting { class Options; static class Program { static void Main() { } } }")]
    [InlineData("namespace Application { class System; class Pprof; static class Program { static void Main() { } } }")]
    [InlineData("namespace Application.Pprof.System { static class Program { static void Main() { } } }")]
    [InlineData("static class PprofModuleInitializer { static void Main() { } }")]
    [InlineData("using System; Console.WriteLine(1);")]
    [InlineData("partial class Program { private static int Main(string[] arguments) => arguments.Length; }")]
    public void CompilesBesideAnyProgram(string program) =>
        Test.VerifySources(
            TestCompilation.Create(["[assembly: Pprof.EnablePprof]", program]),
            (FileName, GoldenFile.Read("Bare.g.cs")));

    [Theory]
    [InlineData(LanguageVersion.CSharp12)]
    [InlineData(LanguageVersion.CSharp13)]
    [InlineData(LanguageVersion.Latest)]
    [InlineData(LanguageVersion.Preview)]
    public void CompilesWithEveryLanguageVersionSince12(LanguageVersion version) =>
        Test.VerifySources(
            TestCompilation.Create(["[assembly: Pprof.EnablePprof]", TopLevelProgram], languageVersion: version),
            (FileName, GoldenFile.Read("Bare.g.cs")));

    [Fact]
    public void SecondAttributeIsTheCompilersToReport() =>
        Test.VerifyDiagnostics(
            TestCompilation.Create(["[assembly: Pprof.EnablePprof]", "[assembly: Pprof.EnablePprof]", TopLevelProgram]),
            "CS0579");

    [Theory]
    [InlineData("Path = 1", "CS0029")]
    [InlineData("Path = Missing", "CS0103")]
    [InlineData("Paht = \"/\"", "CS0246")]
    public void ArgumentThatDoesNotCompileAddsNoSecondError(string argument, string expected) =>
        Test.VerifyDiagnostics(
            TestCompilation.Create([$"[assembly: Pprof.EnablePprof({argument})]", TopLevelProgram]),
            expected);
}
