using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Pprof.Generators.Models;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Generators.Models.CustomProfiles;
using Pprof.Generators.Reading.CustomProfiles;

namespace Pprof.Generators.Rules.CustomProfiles;

/// <summary>Checks the declarations of custom profiles, and that what is added is removed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CustomProfileAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The property of a diagnostic about a declaration that lacks nothing but modifiers.</summary>
    internal const string CanBeCorrected = nameof(CanBeCorrected);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rule.MalformedProfile,
        Rule.EmptyProfileName,
        Rule.ReservedProfileName,
        Rule.AddWithoutRemove,
        Rule.NameRefusedByEngines);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        // A declaration that the generator has implemented counts as generated.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze);
        context.RegisterCompilationStartAction(Start);
    }

    private static void Start(CompilationStartAnalysisContext context)
    {
        if (context.Compilation.GetTypeByMetadataName(KnownTypes.PprofProfileAttribute) is not { } attribute
            || context.Compilation.GetTypeByMetadataName(KnownTypes.CustomProfile) is not { } profile)
        {
            return;
        }

        var uses = new CustomProfileUses(profile);
        context.RegisterSymbolAction(symbol => AnalyzeDeclaration(symbol, attribute), SymbolKind.Property, SymbolKind.Method);
        context.RegisterOperationAction(operation => uses.Note((IInvocationOperation)operation.Operation), OperationKind.Invocation);
        context.RegisterOperationAction(operation => uses.Note((IMethodReferenceOperation)operation.Operation), OperationKind.MethodReference);
        context.RegisterCompilationEndAction(end =>
        {
            foreach ((ISymbol member, Location location) in uses.AddedInLoopsAndNeverRemoved)
            {
                end.ReportDiagnostic(Diagnostic.Create(Rule.AddWithoutRemove, location, member.Name));
            }
        });
    }

    private static void AnalyzeDeclaration(SymbolAnalysisContext context, INamedTypeSymbol attribute)
    {
        AttributeData? data = context.Symbol.GetAttributes()
            .FirstOrDefault(candidate => SymbolEqualityComparer.Default.Equals(candidate.AttributeClass, attribute));
        if (data?.ApplicationSyntaxReference?.GetSyntax(context.CancellationToken) is not AttributeSyntax syntax
            || syntax.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member
            || !IsDeclaredBy(context.Symbol, member))
        {
            return;
        }

        string name = CustomProfileAttribute.Read(data).Name;
        string display = context.Symbol.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);
        if (DeclarationForm.Problem(member, context.Symbol) is { } problem)
        {
            ImmutableDictionary<string, string?> properties = DeclarationForm.LastingProblem(member, context.Symbol) is null
                ? ImmutableDictionary<string, string?>.Empty.Add(CanBeCorrected, "")
                : ImmutableDictionary<string, string?>.Empty;
            context.ReportDiagnostic(Diagnostic.Create(Rule.MalformedProfile, context.Symbol.Locations[0], properties, display, problem));
        }
        else if (ProfileName.Problem(name) is { } nameProblem)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.EmptyProfileName, syntax.GetLocation(), display, nameProblem));
        }
        else if (ReservedNames.Contains(name))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.ReservedProfileName, syntax.GetLocation(), name));
        }
        else if (!ProfileName.IsTakenByEngines(name))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.NameRefusedByEngines, syntax.GetLocation(), name));
        }
    }

    // The implementing part has the attributes of the part that declares.
    private static bool IsDeclaredBy(ISymbol symbol, MemberDeclarationSyntax member) => symbol.DeclaringSyntaxReferences
        .Any(reference => reference.SyntaxTree == member.SyntaxTree && reference.Span == member.Span);
}
