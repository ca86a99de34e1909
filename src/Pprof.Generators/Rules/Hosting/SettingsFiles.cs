using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Pprof.Generators.Rules.Hosting;

/// <summary>What the project's <c>appsettings*.json</c> say in the section <c>Pprof</c>.</summary>
internal sealed class SettingsFiles
{
    private const RegexOptions IgnoreCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly Regex s_file = new(@"^appsettings(\.(?<environment>.+))?\.json$", IgnoreCase);
    private static readonly Regex s_section = new(@"""Pprof""\s*:\s*\{(?<settings>[^{}]*)\}", IgnoreCase);
    private static readonly Regex s_setting = new(@"""(?<name>\w+)""\s*:\s*(""[^""]|\d)", IgnoreCase);
    private static readonly Regex s_flatSetting = new(@"""Pprof:(?<name>\w+)""\s*:\s*(""[^""]|\d)", IgnoreCase);

    private readonly HashSet<string> _anywhere = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _beyondDevelopment = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the files, which the package hands to the compiler.</summary>
    public SettingsFiles(AnalyzerOptions options, CancellationToken cancellation)
    {
        foreach (AdditionalText file in options.AdditionalFiles)
        {
            if (s_file.Match(Path.GetFileName(file.Path)) is { Success: true } name && file.GetText(cancellation)?.ToString() is { } text)
            {
                bool isForDevelopment = name.Groups["environment"].Value.Equals("Development", StringComparison.OrdinalIgnoreCase);
                Read(text, isForDevelopment);
            }
        }
    }

    /// <summary>Whether an option is set in any environment.</summary>
    public bool Set(string option) => _anywhere.Contains(option);

    /// <summary>Whether an option is set in another environment than development.</summary>
    public bool SetBeyondDevelopment(string option) => _beyondDevelopment.Contains(option);

    private void Read(string text, bool isForDevelopment)
    {
        IEnumerable<Match> settings = s_section.Matches(text).Cast<Match>()
            .SelectMany(static section => s_setting.Matches(section.Groups["settings"].Value).Cast<Match>())
            .Concat(s_flatSetting.Matches(text).Cast<Match>());
        foreach (Match setting in settings)
        {
            _anywhere.Add(setting.Groups["name"].Value);
            if (!isForDevelopment)
            {
                _beyondDevelopment.Add(setting.Groups["name"].Value);
            }
        }
    }
}
