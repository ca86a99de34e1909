using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Pprof.Generators.Diagnostics;

namespace Pprof.Generators.Analyzers;

/// <summary>Checks what <c>[assembly: EnablePprof]</c> says against what the application's code does.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class HostingAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The property of a diagnostic that holds the path that is mapped.</summary>
    internal const string MappedPath = nameof(MappedPath);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rules.NothingServes,
        Rules.UnknownPolicy,
        Rules.OpenToAnyone,
        Rules.MapWithoutAttribute,
        Rules.MapDisagrees,
        Rules.MapBeforeAuthorization);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze);
        context.RegisterCompilationStartAction(Start);
    }

    private static void Start(CompilationStartAnalysisContext context)
    {
        // A library does not know the application that it will be part of.
        if (context.Compilation.Options.OutputKind == OutputKind.DynamicallyLinkedLibrary
            || context.Compilation.GetTypeByMetadataName(KnownTypes.EnablePprofAttribute) is null)
        {
            return;
        }

        var calls = new HostingCalls();
        context.RegisterOperationAction(operation => calls.Note((IInvocationOperation)operation.Operation), OperationKind.Invocation);
        context.RegisterOperationAction(operation => calls.Note((IObjectCreationOperation)operation.Operation), OperationKind.ObjectCreation);
        context.RegisterSymbolAction(symbol => calls.Note((INamedTypeSymbol)symbol.Symbol), SymbolKind.NamedType);
        context.RegisterCompilationEndAction(end => Analyze(end, calls));
    }

    private static void Analyze(CompilationAnalysisContext context, HostingCalls calls)
    {
        if (EnablePprofUse.Find(context.Compilation, context.CancellationToken) is not { } use)
        {
            foreach (MapPprofCall map in calls.Maps)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.MapWithoutAttribute, map.Location));
            }

            return;
        }

        AnalyzeServing(context, use, calls);
        AnalyzePolicy(context, use, calls);
        AnalyzeOpenness(context, use, calls);
        foreach (MapPprofCall map in calls.Maps)
        {
            AnalyzeMap(context, use, map);
        }
    }

    private static void AnalyzeServing(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls)
    {
        if (use.ListenUrl is null
            && !calls.BuildsWebHost
            && !calls.AddsPprof
            && calls.Maps.IsEmpty
            && !new ProjectProperties(context.Options).IsTrue("UsingMicrosoftNETSdkWeb")
            && !HasLibraryThatUses(context.Compilation, "Microsoft.AspNetCore"))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.NothingServes, use.Location));
        }
    }

    private static void AnalyzePolicy(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls)
    {
        if (use.IsForPolicy
            && use.AuthorizationPolicy is { } policy
            && !calls.HasUnknownPolicies
            && !calls.Policies.ContainsKey(policy)
            && !HasLibraryThatUses(context.Compilation, "Microsoft.AspNetCore.Authorization"))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.UnknownPolicy, use.LocationOf(nameof(use.AuthorizationPolicy)), policy));
        }
    }

    private static void AnalyzeOpenness(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls)
    {
        if (use.IsForPolicy || (!calls.Maps.IsEmpty && calls.Maps.All(static map => map.IsAuthorized)))
        {
            return;
        }

        bool listensBeyond = use.ListenUrl is { } url && ListenAddress.IsValid(url) && !ListenAddress.IsLoopback(url);
        if (use.IsForAnyone && (use.ListenUrl is null || listensBeyond))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.OpenToAnyone,
                use.LocationOf("Access"),
                "Everyone who can reach the port can read profiles, and make the process collect them: ask for a policy, or listen on localhost"));
        }
        else if (!use.IsForAnyone && listensBeyond)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.OpenToAnyone,
                use.LocationOf(nameof(use.ListenUrl)),
                $"'{use.ListenUrl}' can be reached from other machines, and no policy is named: ask for a policy, or listen on localhost"));
        }
    }

    private static void AnalyzeMap(CompilationAnalysisContext context, EnablePprofUse use, MapPprofCall map)
    {
        if (use.ListenUrl is { } url)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.MapDisagrees, map.Location, $"The routes of MapPprof answer with 404, because ListenUrl moves the endpoints to {url}"));
        }
        else if (use.Path is { } path && map is { IsInGroup: false, Pattern: { } pattern } && pattern.Trim('/') != path.Trim('/', ' '))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.MapDisagrees,
                map.Location,
                ImmutableDictionary<string, string?>.Empty.Add(MappedPath, pattern),
                $"MapPprof serves '{pattern}', and the Path '{path}' of EnablePprof is not used"));
        }

        if (use.IsForPolicy && map.FindLateAuthorization() is { } late)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.MapBeforeAuthorization, late.GetLocation(), use.AuthorizationPolicy ?? ""));
        }
    }

    /// <summary>
    /// Whether a library of someone else's uses <paramref name="assembly"/>: then it may do what this project does not.
    /// </summary>
    private static bool HasLibraryThatUses(Compilation compilation, string assembly) =>
        compilation.SourceModule.ReferencedAssemblySymbols.Any(library =>
            library.Name != KnownTypes.RuntimeAssembly
            && !library.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            && !library.Name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
            && !library.Name.StartsWith("System.", StringComparison.Ordinal)
            && library.Modules.Any(module => module.ReferencedAssemblies.Any(reference => Uses(reference.Name, assembly))));

    private static bool Uses(string name, string assembly) =>
        name == assembly || name.StartsWith(assembly + ".", StringComparison.Ordinal);
}
