using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Testing;
using Microsoft.CodeAnalysis.Text;

namespace Pprof.Generators.Tests.Testing;

/// <summary>
/// A user's project under the generator. What the compiler must report stands in the sources as
/// <c>{|CS0000:text|}</c>; anything else that it reports fails the test, be it no more than a suggestion.
/// </summary>
internal sealed class GeneratedProject : CSharpSourceGeneratorTest<EnablePprofGenerator, DefaultVerifier>
{
    // References come from the machine's frameworks, as in every other test; packages would be downloaded.
    private static readonly ReferenceAssemblies s_noPackages = new("net10.0");

    public GeneratedProject(params string[] sources)
    {
        ReferenceAssemblies = s_noPackages;
        CompilerDiagnostics = CompilerDiagnostics.Suggestions;
        SolutionTransforms.Add((solution, project) => solution.WithProjectAssemblyName(project, AssemblyName));
        TestState.AdditionalReferences.AddRange(TestCompilation.References);
        for (int i = 0; i < sources.Length; i++)
        {
            TestState.Sources.Add(($"Source{i}.cs", SourceText.From(sources[i], System.Text.Encoding.UTF8)));
        }
    }

    public string AssemblyName { get; init; } = "Application";

    public OutputKind OutputKind { get; init; } = OutputKind.ConsoleApplication;

    public LanguageVersion LanguageVersion { get; init; } = LanguageVersion.CSharp12;

    public NullableContextOptions Nullable { get; init; } = NullableContextOptions.Enable;

    /// <summary>Libraries that the project refers to beside the frameworks and the package.</summary>
    public IReadOnlyList<MetadataReference> References { get; init; } = [];

    /// <summary>
    /// Fails unless the generator adds exactly <paramref name="expected"/>, in this order, and everything compiles.
    /// </summary>
    public Task VerifySourcesAsync(params (string FileName, string Text)[] expected)
    {
        foreach ((string fileName, string text) in expected)
        {
            TestState.GeneratedSources.Add((typeof(EnablePprofGenerator), fileName, SourceText.From(text, System.Text.Encoding.UTF8, SourceHashAlgorithm.Sha256)));
        }

        return VerifyAsync();
    }

    /// <summary>Fails unless the compiler reports what the sources say, whatever the generator adds.</summary>
    public Task VerifyDiagnosticsAsync()
    {
        TestBehaviors |= TestBehaviors.SkipGeneratedSourcesCheck;
        return VerifyAsync();
    }

    protected override CompilationOptions CreateCompilationOptions() =>
        TestCompilation.Options(OutputKind).WithNullableContextOptions(Nullable);

    protected override ParseOptions CreateParseOptions() => TestCompilation.ParseOptions(LanguageVersion);

    private Task VerifyAsync()
    {
        TestState.OutputKind = OutputKind;
        TestState.AdditionalReferences.AddRange(References);
        return RunAsync();
    }
}
