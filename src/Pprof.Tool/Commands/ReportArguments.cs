using System.CommandLine;
using Pprof.Tool.Reports;

namespace Pprof.Tool.Commands;

/// <summary>The options that choose samples, named as those of the pprof tool.</summary>
internal sealed class ReportArguments
{
    private readonly Option<string?> _sampleIndex = new("--sample-index", "-sample_index") { Description = "The type of value, by name or position.", HelpName = "type" };
    private readonly Option<string?> _focus = new("--focus", "-focus") { Description = "Only samples with a function, source file or module that this regular expression matches.", HelpName = "regex" };
    private readonly Option<string?> _ignore = new("--ignore", "-ignore") { Description = "No samples with a function, source file or module that this regular expression matches.", HelpName = "regex" };
    private readonly Option<string?> _tagFocus = new("--tagfocus", "-tagfocus") { Description = "Only samples with a label that matches: key=regex, or a regular expression for any.", HelpName = "filter" };
    private readonly Option<string?> _tagIgnore = new("--tagignore", "-tagignore") { Description = "No samples with a label that matches.", HelpName = "filter" };

    /// <summary>Adds the options to <paramref name="command"/>.</summary>
    public ReportArguments(Command command)
    {
        foreach (Option option in (Option[])[_sampleIndex, _focus, _ignore, _tagFocus, _tagIgnore])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The type of value that is asked for; null for the profile's own.</summary>
    public string? SampleIndex(ParseResult result) => result.GetValue(_sampleIndex);

    /// <summary>Which samples are shown.</summary>
    public SampleFilters Filters(ParseResult result) => new(
        result.GetValue(_focus), result.GetValue(_ignore), result.GetValue(_tagFocus), result.GetValue(_tagIgnore));
}
