using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Pprof.Generators.Rules.Build;
using Pprof.Generators.Rules.CustomProfiles;
using Pprof.Generators.Rules.EnablePprof;
using Pprof.Generators.Rules.Hosting;
using Pprof.Generators.Rules.Labels;

namespace Pprof.Generators.Tests.Testing;

/// <summary>A user's project under all analyzers, with the generator's output in it.</summary>
internal sealed record AnalyzedProject(params string[] Sources)
{
    /// <summary>Every analyzer of the package.</summary>
    public static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
        [new EnablePprofAnalyzer(), new BuildAnalyzer(), new HostingAnalyzer(), new CustomProfileAnalyzer(), new LabelAnalyzer()];

    public OutputKind OutputKind { get; init; } = OutputKind.ConsoleApplication;

    public LanguageVersion LanguageVersion { get; init; } = LanguageVersion.CSharp13;

    public IReadOnlyList<MetadataReference> References { get; init; } = [];

    /// <summary>MSBuild properties that are visible to the compiler.</summary>
    public Dictionary<string, string> Properties { get; init; } = [];

    /// <summary>Text of Properties/launchSettings.json, or null.</summary>
    public string? LaunchSettings { get; init; }

    /// <summary>What is reported: the rule and the text that it stands under.</summary>
    public async Task<(string Id, string Text)[]> AnalyzeAsync() => [.. (await GetDiagnosticsAsync()).Select(found => (found.Id, TextOf(found)))];

    /// <summary>The messages that are reported.</summary>
    public async Task<string[]> AnalyzeMessagesAsync() =>
        [.. (await GetDiagnosticsAsync()).Select(found => found.GetMessage(System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>The rules that are reported.</summary>
    public async Task<string[]> AnalyzeIdsAsync() => [.. (await AnalyzeAsync()).Select(found => found.Id)];

    /// <summary>Other files of the project, by name.</summary>
    public Dictionary<string, string> Files { get; init; } = [];

    /// <summary>What the analyzers know of the project beside its sources.</summary>
    public AnalyzerOptions CreateOptions() => new(
        [
            .. Files.Select(file => new TextFile("/app/" + file.Key, file.Value)),
            .. LaunchSettings is null ? Array.Empty<AdditionalText>() : [new TextFile("/app/Properties/launchSettings.json", LaunchSettings)],
        ],
        new Options(Properties));

    private async Task<IEnumerable<Diagnostic>> GetDiagnosticsAsync()
    {
        CSharpCompilation compilation = TestCompilation.Create(
            Sources, OutputKind, LanguageVersion, references: References);
        GeneratorDriverRunResult generated = CSharpGeneratorTest<EnablePprofGenerator>.Run(compilation, out CSharpCompilation output);
        ImmutableArray<Diagnostic> diagnostics = await output.WithAnalyzers(Analyzers, CreateOptions()).GetAnalyzerDiagnosticsAsync();
        return generated.Diagnostics.Concat(diagnostics).OrderBy(found => found.Id, StringComparer.Ordinal);
    }

    // The generator and the analyzer of other files know the place in a file, not its tree.
    private string TextOf(Diagnostic diagnostic)
    {
        string path = diagnostic.Location.GetLineSpan().Path;
        string text = path.EndsWith(".json", StringComparison.Ordinal)
            ? LaunchSettings!
            : diagnostic.Location.SourceTree?.ToString() ?? Sources[int.Parse(path["Source".Length..^".cs".Length], System.Globalization.CultureInfo.InvariantCulture)];
        return text.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length);
    }

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
