using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Pprof.Generators.CustomProfiles;
using Pprof.Generators.Diagnostics;
using Pprof.Generators.Tables;

namespace Pprof.Generators.Analyzers;

/// <summary>Checks the declarations of custom profiles, and that what is added is removed.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CustomProfileAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rules.MalformedProfile,
        Rules.EmptyProfileName,
        Rules.ReservedProfileName,
        Rules.DuplicateProfileName,
        Rules.AddWithoutRemove);

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

        var declarations = new ConcurrentBag<Declaration>();
        var uses = new CustomProfileUses(profile);
        context.RegisterSymbolAction(symbol => AnalyzeDeclaration(symbol, attribute, declarations), SymbolKind.Property, SymbolKind.Method);
        context.RegisterOperationAction(operation => uses.Note((IInvocationOperation)operation.Operation), OperationKind.Invocation);
        context.RegisterCompilationEndAction(end =>
        {
            AnalyzeNames(end, declarations);
            foreach ((ISymbol member, Location location) in uses.AddedInLoopsAndNeverRemoved)
            {
                end.ReportDiagnostic(Diagnostic.Create(Rules.AddWithoutRemove, location, member.Name));
            }
        });
    }

    private static void AnalyzeDeclaration(SymbolAnalysisContext context, INamedTypeSymbol attribute, ConcurrentBag<Declaration> declarations)
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
            context.ReportDiagnostic(Diagnostic.Create(Rules.MalformedProfile, context.Symbol.Locations[0], display, problem));
        }
        else if (string.IsNullOrWhiteSpace(name))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.EmptyProfileName, syntax.GetLocation(), display));
        }
        else if (ReservedNames.Contains(name))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.ReservedProfileName, syntax.GetLocation(), name));
        }
        else
        {
            declarations.Add(new Declaration(name, display, syntax.GetLocation()));
        }
    }

    // The implementing part has the attributes of the part that declares.
    private static bool IsDeclaredBy(ISymbol symbol, MemberDeclarationSyntax member) => symbol.DeclaringSyntaxReferences
        .Any(reference => reference.SyntaxTree == member.SyntaxTree && reference.Span == member.Span);

    private static void AnalyzeNames(CompilationAnalysisContext context, ConcurrentBag<Declaration> declarations)
    {
        // Every name by the first that has it: this project's in the order of the source, then each library's.
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        IEnumerable<Declaration> own = declarations
            .OrderBy(static declaration => declaration.Location.SourceTree!.FilePath, StringComparer.Ordinal)
            .ThenBy(static declaration => declaration.Location.SourceSpan.Start);
        foreach (Declaration declaration in own)
        {
            Claim(context, owners, declaration.Name, $"{declaration.Member} in {context.Compilation.AssemblyName}", declaration.Location);
        }

        if (EnablePprofUse.Find(context.Compilation, context.CancellationToken) is not { } use)
        {
            return;
        }

        foreach (IAssemblySymbol library in context.Compilation.SourceModule.ReferencedAssemblySymbols.OrderBy(static library => library.Name, StringComparer.Ordinal))
        {
            foreach (DeclaredProfile profile in ReferencedProfiles.Read(library))
            {
                Claim(context, owners, profile.Name, profile.Assembly, use.Location);
            }
        }
    }

    private static void Claim(CompilationAnalysisContext context, Dictionary<string, string> owners, string name, string owner, Location location)
    {
        if (owners.TryGetValue(name, out string? first))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.DuplicateProfileName, location, name, first, owner));
        }
        else
        {
            owners.Add(name, owner);
        }
    }

    private sealed record Declaration(string Name, string Member, Location Location);
}
