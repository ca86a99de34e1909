using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Generators.Rules.EnablePprof;

namespace Pprof.Generators.Rules.Build;

/// <summary>Checks what the project file and the launch settings take away from profiles that are asked for.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BuildAnalyzer : DiagnosticAnalyzer
{
    private const string LaunchSettings = "launchSettings.json";

    private static readonly Regex s_diagnosticsOff = new(
        "\"(?<name>(?:DOTNET|COMPlus)_EnableDiagnostics(?:_IPC)?)\"\\s*:\\s*\"?0\"?",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rule.StackTraceSupportOff,
        Rule.ProfileNotOnTarget,
        Rule.NoDebugSymbols,
        Rule.DiagnosticsOff);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        // The attribute may come from the project file, and then stands in a generated one.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationAction(Analyze);
    }

    private static void Analyze(CompilationAnalysisContext context)
    {
        if (context.Compilation.Options.OutputKind == OutputKind.DynamicallyLinkedLibrary
            || EnablePprofUse.Find(context.Compilation, context.CancellationToken) is not { } use)
        {
            return;
        }

        var properties = new ProjectProperties(context.Options);
        if (properties.IsTrue("PublishAot"))
        {
            AnalyzeNativeBinary(context, use, properties);
        }

        if (properties.Is("DebugType", "none"))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.NoDebugSymbols, use.Location));
        }

        if (BuiltInProfiles.NeedsDiagnostics(use.Get("Profiles") as int?))
        {
            AnalyzeLaunchSettings(context);
        }
    }

    private static void AnalyzeNativeBinary(CompilationAnalysisContext context, EnablePprofUse use, ProjectProperties properties)
    {
        int? named = use.Get("Profiles") as int?;
        if (properties.IsFalse("StackTraceSupport") && named != 0)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule.StackTraceSupportOff, use.Location));
        }

        // All means what the target has; only a profile that is named is missed. Without a runtime identifier the
        // target is not known yet.
        string target = properties.RuntimeIdentifier;
        if (target.Length == 0 || named is not { } flags || use.AsksForAll)
        {
            return;
        }

        foreach (BuiltInProfile profile in BuiltInProfiles.All)
        {
            if ((profile.Bit & flags) != 0 && !profile.NativeTargets.Any(prefix => target.StartsWith(prefix, StringComparison.Ordinal)))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule.ProfileNotOnTarget, use.LocationOf("Profiles"), profile.Name, target));
            }
        }
    }

    private static void AnalyzeLaunchSettings(CompilationAnalysisContext context)
    {
        foreach (AdditionalText file in context.Options.AdditionalFiles)
        {
            if (Path.GetFileName(file.Path).Equals(LaunchSettings, StringComparison.OrdinalIgnoreCase)
                && file.GetText(context.CancellationToken) is { } text)
            {
                foreach (Match match in s_diagnosticsOff.Matches(text.ToString()))
                {
                    var span = new TextSpan(match.Index, match.Length);
                    context.ReportDiagnostic(Diagnostic.Create(
                        Rule.DiagnosticsOff,
                        Location.Create(file.Path, span, text.Lines.GetLinePositionSpan(span)),
                        match.Groups["name"].Value,
                        LaunchSettings));
                }
            }
        }
    }
}
