using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Pprof.Generators.Models;
using Pprof.Generators.Rules.Build;
using Pprof.Generators.Rules.EnablePprof;

namespace Pprof.Generators.Rules.Hosting;

/// <summary>Checks what <c>[assembly: EnablePprof]</c> says against what the application's code does.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class HostingAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The property of a diagnostic that holds the path that is mapped.</summary>
    internal const string MappedPath = nameof(MappedPath);

    /// <summary>The property of a diagnostic that holds the property of the attribute that misleads.</summary>
    internal const string MisleadingProperty = nameof(MisleadingProperty);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rule.NothingServes,
        Rule.PolicyAccessMismatch,
        Rule.UnknownPolicy,
        Rule.OpenToAnyone,
        Rule.MapWithoutAttribute,
        Rule.MapDisagrees,
        Rule.MapBeforeAuthorization,
        Rule.Http2Only,
        Rule.SecretInSource);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        // The attribute may come from the project file, and then stands in a generated one.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
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

        var calls = new HostingCalls(context.Compilation.GetTypeByMetadataName(KnownTypes.PprofOptions));
        context.RegisterOperationAction(operation => calls.Note((IInvocationOperation)operation.Operation), OperationKind.Invocation);
        context.RegisterOperationAction(operation => calls.Note((IObjectCreationOperation)operation.Operation), OperationKind.ObjectCreation);
        context.RegisterOperationAction(operation => calls.Options.Note((ISimpleAssignmentOperation)operation.Operation), OperationKind.SimpleAssignment);
        context.RegisterSymbolAction(symbol => calls.Note((INamedTypeSymbol)symbol.Symbol), SymbolKind.NamedType);
        context.RegisterCompilationEndAction(end => Analyze(end, calls));
    }

    private static void Analyze(CompilationAnalysisContext context, HostingCalls calls)
    {
        if (EnablePprofUse.Find(context.Compilation, context.CancellationToken) is { } use)
        {
            var settings = new SettingsFiles(context.Options, context.CancellationToken);
            AnalyzeServing(context, use, calls, settings);
            AnalyzeProtocols(context, use, calls, settings);
            AnalyzePolicy(context, use, calls, settings);
            AnalyzeOpenness(context, use, calls, settings);
            foreach (Location secret in calls.Options.Secrets.Concat(settings.Secrets))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule.SecretInSource, secret));
            }

            foreach (MapPprofCall map in calls.Maps)
            {
                AnalyzeMap(context, use, calls, map);
            }
        }
        else if (!calls.Maps.IsEmpty && !HasApplicationWithTheAttribute(context.Compilation))
        {
            foreach (MapPprofCall map in calls.Maps)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule.MapWithoutAttribute, map.Location));
            }
        }
    }

    private static void AnalyzeServing(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls, SettingsFiles settings)
    {
        bool isWebProject = new ProjectProperties(context.Options).IsTrue("UsingMicrosoftNETSdkWeb");
        if (use.ListenUrl is null
            && !calls.Options.MayChange("ListenUrl")
            && !settings.Set("ListenUrl")
            && !calls.BuildsWebHost
            && calls.Maps.IsEmpty
            && (!isWebProject || calls.BuildsOtherHost)
            && !HasLibraryThatUses(context.Compilation, "Microsoft.AspNetCore"))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.NothingServes, use.Location));
        }
    }

    private static void AnalyzeProtocols(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls, SettingsFiles settings)
    {
        // What code does to Kestrel is not looked into: at start the log warns of what came of it.
        if (settings is { Http2DefaultsAt: { } location, SpeaksHttp1: false }
            && !calls.ConfiguresKestrel
            && use.ListenUrl is null
            && !calls.Options.MayChange("ListenUrl")
            && !settings.Set("ListenUrl"))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.Http2Only, location));
        }
    }

    private static void AnalyzePolicy(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls, SettingsFiles settings)
    {
        bool mayChangePolicy = calls.Options.MayChange("AuthorizationPolicy") || settings.Set("AuthorizationPolicy");
        switch ((use.IsForPolicy, use.AuthorizationPolicy))
        {
            case (true, null) when !mayChangePolicy:
                context.ReportDiagnostic(Diagnostic.Create(
                    Rule.PolicyAccessMismatch, use.LocationOf("Access"), "Access asks for a policy, and AuthorizationPolicy does not name it"));
                break;

            case (false, { } policy) when !calls.Options.MayChange("Access") && !settings.Set("Access"):
                context.ReportDiagnostic(Diagnostic.Create(
                    Rule.PolicyAccessMismatch,
                    use.LocationOf("AuthorizationPolicy"),
                    $"The policy '{policy}' is not asked, because Access is not PprofAccess.Policy"));
                break;

            case (true, { } policy) when !mayChangePolicy
                && !calls.HasUnknownPolicies
                && !calls.Policies.ContainsKey(policy)
                && !HasLibraryThatUses(context.Compilation, "Microsoft.AspNetCore.Authorization"):
                context.ReportDiagnostic(Diagnostic.Create(Rule.UnknownPolicy, use.LocationOf("AuthorizationPolicy"), policy));
                break;
        }
    }

    private static void AnalyzeOpenness(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls, SettingsFiles settings)
    {
        // Mapped routes take the place of the automatic ones, wherever it is certain that they are mapped.
        bool isMappedWithAuthorization = use.ListenUrl is null
            && calls.Maps.Any(static map => map.IsUnconditional)
            && calls.Maps.All(static map => map.MayBeAuthorized);
        bool isForSomeNetworks = use.AllowedNetworks is { } networks && !NetworkText.HasAll(networks);
        if (use.IsForPolicy
            || isMappedWithAuthorization
            || isForSomeNetworks
            || MayBeSet("Access")
            || MayBeSet("AllowedNetworks")
            || MayBeSet("Secret"))
        {
            return;
        }

        bool listensBeyond = use.ListenUrl is { } url
            && ListenAddress.IsValid(url)
            && !ListenAddress.IsLoopback(url, HasLocalSubdomains(context.Compilation))
            && !calls.Options.MayChange("ListenUrl")
            && !settings.SetBeyondDevelopment("ListenUrl");
        if (use.IsForAnyone && (use.ListenUrl is null || listensBeyond))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule.OpenToAnyone,
                use.LocationOf("Access"),
                "Everyone who can reach the port can read profiles, and make the process collect them: name networks in AllowedNetworks, ask for a policy, or listen on localhost"));
        }
        else if (!use.IsForAnyone && listensBeyond)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule.OpenToAnyone,
                use.LocationOf("ListenUrl"),
                $"'{use.ListenUrl}' can be reached from other machines, and neither networks nor a policy are named: name AllowedNetworks, ask for a policy, or listen on localhost"));
        }

        bool MayBeSet(string option) => calls.Options.MayChange(option) || settings.SetBeyondDevelopment(option);
    }

    private static void AnalyzeMap(CompilationAnalysisContext context, EnablePprofUse use, HostingCalls calls, MapPprofCall map)
    {
        if (use.ListenUrl is { } url)
        {
            if (!calls.Options.MayChange("ListenUrl"))
            {
                ReportDisagreement("ListenUrl", null, $"The routes of MapPprof answer with 404, because ListenUrl moves the endpoints to {url}");
            }
        }
        else if (use.Path is { } path && map is { IsInGroup: false, Pattern: { } pattern } && pattern.Trim('/') != path.Trim('/', ' '))
        {
            ReportDisagreement(
                "Path",
                EnablePprofAnalyzer.IsPrefix(pattern) ? pattern : null,
                $"MapPprof serves '{pattern}', and the Path '{path}' of EnablePprof is not used");
        }

        if (map.RequiresAuthorization && map.FindLateAuthorization() is { } late)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.MapBeforeAuthorization, late.GetLocation()));
        }

        void ReportDisagreement(string property, string? mapped, string message) => context.ReportDiagnostic(Diagnostic.Create(
            Rule.MapDisagrees,
            map.Location,
            ImmutableDictionary<string, string?>.Empty.Add(MisleadingProperty, property).Add(MappedPath, mapped),
            message));
    }

    // Kestrel binds what ends in .localhost to the loopback since .NET 10.
    private static bool HasLocalSubdomains(Compilation compilation) => compilation.ReferencedAssemblyNames
        .Any(static reference => reference.Name == "Microsoft.AspNetCore.Server.Kestrel.Core" && reference.Version.Major >= 10);

    /// <summary>Whether the attribute stands in a referenced application, as it does for a program that tests one.</summary>
    private static bool HasApplicationWithTheAttribute(Compilation compilation) =>
        compilation.SourceModule.ReferencedAssemblySymbols.Any(static assembly => assembly.GetAttributes()
            .Any(static attribute => attribute.AttributeClass?.ToDisplayString() == KnownTypes.EnablePprofAttribute));

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
