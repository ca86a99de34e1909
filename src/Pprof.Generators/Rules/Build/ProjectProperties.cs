using Microsoft.CodeAnalysis.Diagnostics;

namespace Pprof.Generators.Rules.Build;

/// <summary>MSBuild properties of the project, as far as the package makes them visible to the compiler.</summary>
internal readonly struct ProjectProperties(AnalyzerOptions options)
{
    private readonly AnalyzerConfigOptions _options = options.AnalyzerConfigOptionsProvider.GlobalOptions;

    /// <summary>The identifier of the runtime that is published for, or empty.</summary>
    public string RuntimeIdentifier => Get("RuntimeIdentifier");

    public bool IsTrue(string property) => Get(property).Equals("true", StringComparison.OrdinalIgnoreCase);

    public bool IsFalse(string property) => Get(property).Equals("false", StringComparison.OrdinalIgnoreCase);

    public bool Is(string property, string value) => Get(property).Equals(value, StringComparison.OrdinalIgnoreCase);

    private string Get(string property) => _options.TryGetValue("build_property." + property, out string? value) ? value : "";
}
