using Microsoft.CodeAnalysis;

namespace Pprof.Generators.Rules;

/// <summary>
/// The rules. Each has a page in docs/rules. An error is what cannot work, a warning what would silently serve nothing
/// or more than meant, an information what serves less than it could.
/// </summary>
internal static class Rule
{
    private const string Documentation = "https://github.com/pprof-dotnet/pprof/blob/main/docs/rules/";
    private const string Configuration = "Pprof.Configuration";
    private const string Security = "Pprof.Security";
    private const string Labels = "Pprof.Labels";
    private const string CustomProfiles = "Pprof.CustomProfiles";

    public static readonly DiagnosticDescriptor NothingServes = AtEnd(
        "PPROF001",
        "Nothing serves the endpoints",
        "EnablePprof has no effect: this project builds no web host that the endpoints could join, and ListenUrl is not set",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor AttributeInLibrary = Create(
        "PPROF002",
        "EnablePprof belongs in the application",
        "EnablePprof has no effect in a class library: put it into the application that starts the process",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor InvalidPath = Create(
        "PPROF003",
        "Path cannot be a path prefix",
        "'{0}' cannot be a path prefix: it must name at least one segment, without empty ones and without any of ? # {{ }} * % \\ and space",
        Configuration,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor InvalidListenUrl = Create(
        "PPROF004",
        "ListenUrl is not an address to listen on",
        "'{0}' is not an address to listen on: it must look like http://localhost:6060, without TLS and without a path",
        Configuration,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor RateOutOfRange = Create(
        "PPROF005",
        "Rate out of range",
        "{0} must be from {1} to {2}, and is {3}",
        Configuration,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor PolicyAccessMismatch = AtEnd(
        "PPROF006",
        "Policy access and the name of the policy go together",
        "{0}",
        Security,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor UnknownPolicy = AtEnd(
        "PPROF007",
        "No such authorization policy",
        "No call in this project adds an authorization policy called '{0}': every request would fail",
        Security,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor OpenToAnyone = AtEnd(
        "PPROF008",
        "The endpoints are open to other machines",
        "{0}",
        Security,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor MapWithoutAttribute = AtEnd(
        "PPROF009",
        "MapPprof needs EnablePprof",
        "MapPprof throws at start: this application has no [assembly: EnablePprof], so no table of profiles is compiled in",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor MapDisagrees = AtEnd(
        "PPROF010",
        "MapPprof and EnablePprof disagree",
        "{0}",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor MapBeforeAuthorization = AtEnd(
        "PPROF011",
        "MapPprof before UseAuthorization",
        "UseAuthorization stands after the UseEndpoints that maps pprof with RequireAuthorization: it is not asked, and every request fails",
        Security,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor StackTraceSupportOff = AtEnd(
        "PPROF013",
        "StackTraceSupport is off",
        "StackTraceSupport=false leaves the names of methods out of the NativeAOT binary, and profiles show addresses: remove it",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor ProfileNotOnTarget = AtEnd(
        "PPROF014",
        "The target cannot serve this profile",
        "The profile '{0}' is asked for by name, but a NativeAOT binary for {1} cannot serve it and answers 501: leave it out of Profiles for this target",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor NoDebugSymbols = AtEnd(
        "PPROF015",
        "Profiles have no source lines",
        "DebugType=none writes no symbols: profiles name methods, but no files and lines",
        Configuration,
        DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor DiagnosticsOff = AtEnd(
        "PPROF016",
        "The runtime's diagnostics are off",
        "{0}=0 in {1} turns the runtime's events off: the profiles that are made of them cannot be served unless it is removed",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor LanguageTooOld = Create(
        "PPROF017",
        "C# 12 or later is needed",
        "The code that EnablePprof generates needs C# 12 or later, and this project is compiled as C# {0}",
        Configuration,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor MalformedProfile = Create(
        "PPROF018",
        "The declaration of a custom profile cannot be implemented",
        "The custom profile {0} {1}",
        CustomProfiles,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor EmptyProfileName = Create(
        "PPROF019",
        "A custom profile needs a name that a path can end in",
        "The custom profile {0} {1}",
        CustomProfiles,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor ReservedProfileName = Create(
        "PPROF020",
        "The name of a custom profile is taken by a built-in one",
        "'{0}' is the name of a built-in profile or endpoint",
        CustomProfiles,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor DuplicateProfileName = Create(
        "PPROF021",
        "Two custom profiles have the same name",
        "The custom profile '{0}' is declared by {1} and by {2}",
        CustomProfiles,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor AddWithoutRemove = AtEnd(
        "PPROF022",
        "Values are added in a loop and never removed",
        "'{0}' gets a value in each round of a loop, and nothing in this project removes one, so that the profile keeps all of them alive: call Remove where what the value stands for ends",
        CustomProfiles,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor LabelsNeverEnd = Create(
        "PPROF023",
        "Labels are pushed and never ended",
        "Nothing ends these labels, so that everything that this flow of control does later carries them: dispose of what Push returns, as 'using' does",
        Labels,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor UnusableLabelKey = Create(
        "PPROF024",
        "The key of a label cannot be used",
        "{0}",
        Labels,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor HiddenLabel = Create(
        "PPROF025",
        "Two labels of one call have the same key",
        "This '{0}' is hidden by a later one in the same call",
        Labels,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor Http2Only = AtEnd(
        "PPROF028",
        "The endpoints speak HTTP/2 alone",
        "Kestrel's EndpointDefaults speak HTTP/2 alone, and go tool pprof speaks HTTP/1.1: give the endpoints a listener of their own with ListenUrl",
        Configuration,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor NameRefusedByEngines = Create(
        "PPROF030",
        "Engines that scrape refuse the name of a custom profile",
        "Pyroscope does not take a profile called '{0}': its name must have neither '-' nor ':'",
        CustomProfiles,
        DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor InvalidNetwork = Create(
        "PPROF031",
        "AllowedNetworks has an entry that is no network",
        "'{0}' is no network: it must look like 10.0.0.0/8, with the first address of the network, or be a single address",
        Security,
        DiagnosticSeverity.Error);

    public static readonly DiagnosticDescriptor SecretInSource = AtEnd(
        "PPROF032",
        "The secret of the endpoints stands in the source",
        "Who reads the source knows this secret: leave it to the configuration (Pprof:Secret), from the environment or a store of secrets",
        Security,
        DiagnosticSeverity.Warning);

    private static DiagnosticDescriptor Create(string id, string title, string message, string category, DiagnosticSeverity severity) =>
        new(id, title, message, category, severity, isEnabledByDefault: true, helpLinkUri: $"{Documentation}{id}.md");

    // What is known only when the whole project was looked at; an editor shows it after a build.
    private static DiagnosticDescriptor AtEnd(string id, string title, string message, string category, DiagnosticSeverity severity) =>
        new(
            id,
            title,
            message,
            category,
            severity,
            isEnabledByDefault: true,
            helpLinkUri: $"{Documentation}{id}.md",
            customTags: [WellKnownDiagnosticTags.CompilationEnd]);
}
