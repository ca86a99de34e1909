using Microsoft.CodeAnalysis.CSharp;
using Pprof.Generators.Tests.Testing;
using Xunit;
using Xunit.Sdk;

namespace Pprof.Generators.Tests;

public sealed class IncrementalStepsTests
{
    private const string Application =
        """
        [assembly: Pprof.EnablePprof(Path = "/p", Profiles = Pprof.PprofProfiles.Cpu)]
        return 0;
        """;

    private static readonly IEnumerable<string> s_everyStep = typeof(TrackingNames).GetFields().Select(name => (string)name.GetValue(null)!);

    [Fact]
    public void EditInAnUnrelatedFileRunsNothingAgain() =>
        CSharpGeneratorTest<EnablePprofGenerator>.VerifyIncrementalSteps(
            Compile(Application),
            TrackingNames.Attributes,
            TrackingNames.Assembly,
            TrackingNames.CustomProfileSet,
            TrackingNames.Registration);

    [Fact]
    public void EditBesideCustomProfilesRunsNothingAgain()
    {
        CSharpCompilation library = TestLibrary.Compile(
            "Library",
            """
            static partial class Library
            {
                [Pprof.PprofProfile("library")]
                private static partial Pprof.CustomProfile Profile();
            }
            """);
        CSharpCompilation application = TestCompilation.Create(
            [
                Application,
                """
                static partial class Own
                {
                    [Pprof.PprofProfile("own")]
                    private static partial Pprof.CustomProfile Profile();
                }
                """,
            ],
            references: [TestLibrary.ToFile(library)]);

        CSharpGeneratorTest<EnablePprofGenerator>.VerifyIncrementalSteps(application, [.. s_everyStep]);
    }

    [Fact]
    public void EditInAProjectWithoutTheAttributeRunsNothing() =>
        CSharpGeneratorTest<EnablePprofGenerator>.VerifyIncrementalSteps(Compile("return 0;"), TrackingNames.Registration);

    [Fact]
    public void VerificationFailsWhenAModelIsNotEquatable() =>
        Assert.Contains(
            "is Modified",
            Assert.ThrowsAny<XunitException>(
                () => CSharpGeneratorTest<UncachedGenerator>.VerifyIncrementalSteps(Compile(Application), UncachedGenerator.Step)).Message);

    [Fact]
    public void VerificationFailsWhenAModelHoldsASymbol() =>
        Assert.Contains(
            "AssemblySymbol",
            Assert.ThrowsAny<XunitException>(
                () => CSharpGeneratorTest<SymbolKeepingGenerator>.VerifyIncrementalSteps(Compile(Application), SymbolKeepingGenerator.Step)).Message);

    private static CSharpCompilation Compile(string source) => TestCompilation.Create([source]);
}
