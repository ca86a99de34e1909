using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Pprof.Generators.Analyzers;

namespace Pprof.Generators.Tests.Testing;

/// <summary>A user's project under all analyzers, with the generator's output in it.</summary>
internal sealed record AnalyzedProject(params string[] Sources)
{
    /// <summary>Every analyzer of the package.</summary>
    public static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
        [new EnablePprofAnalyzer(), new BuildAnalyzer(), new HostingAnalyzer(), new CustomProfileAnalyzer()];

    public OutputKind OutputKind { get; init; } = OutputKind.ConsoleApplication;

    public LanguageVersion LanguageVersion { get; init; } = LanguageVersion.CSharp13;

    public IReadOnlyList<MetadataReference> References { get; init; } = [];

    /// <summary>MSBuild properties that are visible to the compiler.</summary>
    public Dictionary<string, string> Properties { get; init; } = [];

    /// <summary>Text of Properties/launchSettings.json, or null.</summary>
    public string? LaunchSettings { get; init; }

    /// <summary>What the analyzers report: the rule and the text that it stands under.</summary>
    public async Task<(string Id, string Text)[]> AnalyzeAsync()
    {
        CSharpCompilation compilation = TestCompilation.Create(
            Sources, OutputKind, LanguageVersion, references: References);
        CSharpGeneratorTest<EnablePprofGenerator>.Run(compilation, out CSharpCompilation output);
        ImmutableArray<Diagnostic> diagnostics = await output.WithAnalyzers(Analyzers, CreateOptions()).GetAnalyzerDiagnosticsAsync();
        return [.. diagnostics.Select(diagnostic => (diagnostic.Id, TextOf(diagnostic))).OrderBy(found => found.Id, StringComparer.Ordinal)];
    }

    /// <summary>The rules that are reported.</summary>
    public async Task<string[]> AnalyzeIdsAsync() => [.. (await AnalyzeAsync()).Select(found => found.Id)];

    /// <summary>What the analyzers know of the project beside its sources.</summary>
    public AnalyzerOptions CreateOptions() => new(
        LaunchSettings is null ? [] : [new TextFile("/app/Properties/launchSettings.json", LaunchSettings)],
        new Options(Properties));

    private string TextOf(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree?.GetText().ToString(diagnostic.Location.SourceSpan)
        ?? LaunchSettings!.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length);

    private sealed class TextFile(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private sealed class Options(Dictionary<string, string> properties) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new BuildProperties(properties);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class BuildProperties(Dictionary<string, string> properties) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) =>
            properties.TryGetValue(key.Replace("build_property.", ""), out value);
    }
}
