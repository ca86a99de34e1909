using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Pprof.Generators.Tests.Testing;

/// <summary>Runs a generator on the bare driver, which tells of its steps and what they output.</summary>
internal static class CSharpGeneratorTest<TGenerator>
    where TGenerator : IIncrementalGenerator, new()
{
    /// <summary>
    /// Fails when a file that has nothing to do with the generator is added and edited, and one of
    /// <paramref name="steps"/> does more than look at it, or keeps something of the compiler in its output.
    /// </summary>
    public static void VerifyIncrementalSteps(CSharpCompilation compilation, params string[] steps)
    {
        GeneratorDriver driver = CreateDriver(compilation).RunGenerators(compilation);
        GeneratorRunResult first = driver.GetRunResult().Results.Single();
        var options = (CSharpParseOptions)compilation.SyntaxTrees.First().Options;
        SyntaxTree unrelated = TestCompilation.Parse("class Unrelated;", "Unrelated.cs", options.LanguageVersion);
        SyntaxTree edited = TestCompilation.Parse("class Unrelated { int x; }", "Unrelated.cs", options.LanguageVersion);

        driver = driver.RunGenerators(compilation.AddSyntaxTrees(unrelated));
        AssertNothingNew(driver.GetRunResult().Results.Single(), steps);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(edited));
        AssertNothingNew(driver.GetRunResult().Results.Single(), steps);

        foreach (object? output in steps.SelectMany(step => Outputs(first, step)).Select(output => output.Value))
        {
            ModelShape.AssertHoldsNothingOfTheCompiler(output);
        }
    }

    /// <summary>Runs the generator once.</summary>
    public static GeneratorDriverRunResult Run(CSharpCompilation compilation, out CSharpCompilation output)
    {
        GeneratorDriver driver = CreateDriver(compilation).RunGeneratorsAndUpdateCompilation(compilation, out Compilation updated, out _);
        output = (CSharpCompilation)updated;
        return driver.GetRunResult();
    }

    /// <summary>Runs one generator on a project and then on what edits make of it.</summary>
    public static IEnumerable<GeneratorDriverRunResult> RunInTurn(params CSharpCompilation[] compilations)
    {
        GeneratorDriver driver = CreateDriver(compilations[0]);
        foreach (CSharpCompilation compilation in compilations)
        {
            driver = driver.RunGenerators(compilation);
            yield return driver.GetRunResult();
        }
    }

    private static CSharpGeneratorDriver CreateDriver(CSharpCompilation compilation) =>
        CSharpGeneratorDriver.Create(
            [new TGenerator().AsSourceGenerator()],
            parseOptions: (CSharpParseOptions)compilation.SyntaxTrees.First().Options,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private static void AssertNothingNew(GeneratorRunResult result, string[] steps)
    {
        foreach (string step in steps)
        {
            Assert.All(
                Outputs(result, step),
                output => Assert.True(
                    output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged,
                    $"Step {step} is {output.Reason}."));
        }

        Assert.All(
            result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs),
            output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    private static ImmutableArray<(object Value, IncrementalStepRunReason Reason)> Outputs(GeneratorRunResult result, string step)
    {
        Assert.True(result.TrackedSteps.ContainsKey(step), $"No step is called {step}.");
        return [.. result.TrackedSteps[step].SelectMany(run => run.Outputs)];
    }
}
