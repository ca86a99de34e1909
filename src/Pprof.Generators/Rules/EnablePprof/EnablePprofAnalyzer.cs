using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Pprof.Generators.Models;
using Pprof.Generators.Reading;

namespace Pprof.Generators.Rules.EnablePprof;

/// <summary>Checks what <c>[assembly: EnablePprof]</c> says by itself.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EnablePprofAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The property of a diagnostic that holds the nearest value in range.</summary>
    internal const string NearestValue = nameof(NearestValue);

    private const int MaxRate = 1000;

    // The bounds of the numbers that an attribute can set; a property that this version does not have is never set.
    private static readonly (string Property, long Min, long Max)[] s_ranges =
    [
        ("CpuProfileRate", 1, MaxRate),
        ("MutexProfileFraction", 0, int.MaxValue),
        ("BlockProfileRate", 0, long.MaxValue),
        ("MemoryProfileRate", 0, long.MaxValue),
        ("MaxProfileSamples", 0, int.MaxValue),
        ("MaxProfileBytes", 0, int.MaxValue),
    ];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rule.AttributeInLibrary,
        Rule.InvalidPath,
        Rule.InvalidListenUrl,
        Rule.RateOutOfRange,
        Rule.LanguageTooOld,
        Rule.InvalidNetwork);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        // The attribute may come from the project file, and then stands in a generated one.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterSyntaxNodeAction(AnalyzeAttribute, SyntaxKind.Attribute);
    }

    private static void AnalyzeAttribute(SyntaxNodeAnalysisContext context)
    {
        if (context.Node is not AttributeSyntax { Parent: AttributeListSyntax { Target.Identifier.RawKind: (int)SyntaxKind.AssemblyKeyword } }
            || context.SemanticModel.GetSymbolInfo(context.Node, context.CancellationToken).Symbol?.ContainingType.ToDisplayString()
                != KnownTypes.EnablePprofAttribute
            || EnablePprofUse.Find(context.Compilation, context.CancellationToken) is not { } use
            || use.Location != context.Node.GetLocation())
        {
            return;
        }

        AnalyzeProject(context, use);
        AnalyzeAddress(context, use);
        AnalyzeNetworks(context, use);
        foreach ((string property, long min, long max) in s_ranges)
        {
            if (use.GetNumber(property) is { } value && (value < min || value > max))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    Rule.RateOutOfRange,
                    use.LocationOf(property),
                    ImmutableDictionary<string, string?>.Empty.Add(NearestValue, $"{(value < min ? min : max)}"),
                    property,
                    min,
                    max,
                    value));
            }
        }
    }

    private static void AnalyzeProject(SyntaxNodeAnalysisContext context, EnablePprofUse use)
    {
        if (context.Compilation.Options.OutputKind == OutputKind.DynamicallyLinkedLibrary)
        {
            Report(context, Rule.AttributeInLibrary, use.Location);
        }

        if (!GeneratedLanguage.IsKnownTo(context.Node.SyntaxTree))
        {
            Report(context, Rule.LanguageTooOld, use.Location, ((CSharpParseOptions)context.Node.SyntaxTree.Options).LanguageVersion.ToDisplayString());
        }
    }

    private static void AnalyzeAddress(SyntaxNodeAnalysisContext context, EnablePprofUse use)
    {
        if (use.Path is { } path && !IsPrefix(path))
        {
            Report(context, Rule.InvalidPath, use.LocationOf(nameof(use.Path)), path);
        }

        if (use.ListenUrl is { } url && !ListenAddress.IsValid(url))
        {
            Report(context, Rule.InvalidListenUrl, use.LocationOf(nameof(use.ListenUrl)), url);
        }
    }

    private static void AnalyzeNetworks(SyntaxNodeAnalysisContext context, EnablePprofUse use)
    {
        if (use.AllowedNetworks is { } networks)
        {
            foreach (string entry in NetworkText.Invalid(networks))
            {
                Report(context, Rule.InvalidNetwork, use.LocationOf(nameof(use.AllowedNetworks)), entry);
            }
        }
    }

    // The runtime takes a missing or additional slash at the ends.
    internal static bool IsPrefix(string path)
    {
        string trimmed = path.Trim('/', ' ');
        return trimmed.Length > 0
            && trimmed.IndexOfAny(['?', '#', '{', '}', '*', '%', '\\', ' ']) < 0
            && trimmed.IndexOf("//", StringComparison.Ordinal) < 0;
    }

    private static void Report(SyntaxNodeAnalysisContext context, DiagnosticDescriptor rule, Location location, params object[] arguments) =>
        context.ReportDiagnostic(Diagnostic.Create(rule, location, arguments));
}
