using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Pprof.Generators.Models;

namespace Pprof.Generators.Rules.Labels;

/// <summary>Checks that labels end, and that their keys can be used.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LabelAnalyzer : DiagnosticAnalyzer
{
    /// <summary>What the keys of the tool begin with.</summary>
    internal const string ReservedPrefix = "pprof::";

    private const string Push = nameof(Push);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rule.LabelsNeverEnd,
        Rule.UnusableLabelKey,
        Rule.HiddenLabel);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(KnownTypes.PprofLabels) is { } labels)
            {
                start.RegisterOperationAction(operation => Analyze(operation, labels), OperationKind.Invocation);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context, INamedTypeSymbol labels)
    {
        var push = (IInvocationOperation)context.Operation;
        if (push.TargetMethod.Name != Push || !SymbolEqualityComparer.Default.Equals(push.TargetMethod.ContainingType, labels))
        {
            return;
        }

        if (LabelScopeUse.NeverEnds(push))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.LabelsNeverEnd, push.Syntax.GetLocation()));
        }

        AnalyzeKeys(context, [.. PushedKeys.Of(push).Where(static key => key.ConstantValue is { HasValue: true, Value: string })]);
    }

    private static void AnalyzeKeys(OperationAnalysisContext context, List<IOperation> keys)
    {
        for (int i = 0; i < keys.Count; i++)
        {
            var key = (string)keys[i].ConstantValue.Value!;
            if (key.Length == 0)
            {
                Report(Rule.UnusableLabelKey, keys[i], "The key of a label must not be empty: Push throws");
            }
            else if (key.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            {
                Report(Rule.UnusableLabelKey, keys[i], $"'{key}' cannot be the key of a label: keys that begin with {ReservedPrefix} belong to go tool pprof");
            }
            else if (keys.Skip(i + 1).Any(later => key.Equals(later.ConstantValue.Value)))
            {
                Report(Rule.HiddenLabel, keys[i], key);
            }
        }

        void Report(DiagnosticDescriptor rule, IOperation at, string argument) =>
            context.ReportDiagnostic(Diagnostic.Create(rule, at.Syntax.GetLocation(), argument));
    }
}
