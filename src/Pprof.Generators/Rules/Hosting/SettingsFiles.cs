using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Pprof.Generators.Rules.Hosting;

/// <summary>What the project's <c>appsettings*.json</c> say in the sections <c>Pprof</c> and <c>Kestrel</c>.</summary>
internal sealed class SettingsFiles
{
    private const RegexOptions IgnoreCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly Regex s_file = new(@"^appsettings(\.(?<environment>.+))?\.json$", IgnoreCase);
    private static readonly Regex s_section = new(@"""Pprof""\s*:\s*\{(?<settings>[^{}]*)\}", IgnoreCase);
    private static readonly Regex s_setting = new(@"""(?<name>\w+)""\s*:\s*(""[^""]|\d|\[)", IgnoreCase);
    private static readonly Regex s_flatSetting = new(@"""Pprof:(?<name>\w+)""\s*:\s*(""[^""]|\d|\[)", IgnoreCase);

    private static readonly Regex s_http2Defaults = new(
        @"""EndpointDefaults""\s*:\s*\{[^{}]*""Protocols""\s*:\s*""Http2""|""Kestrel:EndpointDefaults:Protocols""\s*:\s*""Http2""", IgnoreCase);

    // An endpoint of a name, or a later file, that speaks it all the same.
    private static readonly Regex s_http1 = new(@"Protocols""\s*:\s*""Http1", IgnoreCase);

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
                Read(file.Path, text, isForDevelopment);
                SpeaksHttp1 |= s_http1.IsMatch(text);
                if (s_http2Defaults.Match(text) is { Success: true } setting)
                {
                    Http2DefaultsAt ??= LocationOf(file.Path, text, setting.Index, setting.Length);
                }
            }
        }
    }

    /// <summary>Where Kestrel's endpoints are told to speak HTTP/2 alone, or null.</summary>
    public Location? Http2DefaultsAt { get; }

    /// <summary>Whether some endpoint is told to speak HTTP/1.1.</summary>
    public bool SpeaksHttp1 { get; }

    /// <summary>Where a secret is written that is not for development alone.</summary>
    public List<Location> Secrets { get; } = [];

    /// <summary>Whether an option is set in any environment.</summary>
    public bool Set(string option) => _anywhere.Contains(option);

    /// <summary>Whether an option is set in another environment than development.</summary>
    public bool SetBeyondDevelopment(string option) => _beyondDevelopment.Contains(option);

    private void Read(string path, string text, bool isForDevelopment)
    {
        IEnumerable<(Match Setting, int Start)> settings = s_section.Matches(text).Cast<Match>()
            .Select(static section => section.Groups["settings"])
            .SelectMany(static section => s_setting.Matches(section.Value).Cast<Match>().Select(setting => (setting, section.Index)))
            .Concat(s_flatSetting.Matches(text).Cast<Match>().Select(static setting => (setting, 0)));
        foreach ((Match setting, int start) in settings)
        {
            string option = setting.Groups["name"].Value;
            _anywhere.Add(option);
            if (!isForDevelopment)
            {
                _beyondDevelopment.Add(option);
                if (option.Equals("Secret", StringComparison.OrdinalIgnoreCase))
                {
                    Secrets.Add(LocationOf(path, text, start + setting.Index, setting.Length));
                }
            }
        }
    }

    private static Location LocationOf(string path, string text, int start, int length)
    {
        var span = new TextSpan(start, length);
        return Location.Create(path, span, SourceText.From(text).Lines.GetLinePositionSpan(span));
    }
}
