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

    [Fact]
    public void EditInAnUnrelatedFileRunsNothingAgain() =>
        CSharpGeneratorTest<EnablePprofGenerator>.VerifyIncrementalSteps(Compile(Application), TrackingNames.All);

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
