using System.CommandLine;
using Pprof.Tool.Reports;

namespace Pprof.Tool.Commands;

/// <summary>The options of the table of functions.</summary>
internal sealed class TableArguments
{
    private readonly ReportArguments _report;
    private readonly Option<bool> _byCumulative = new("--cum", "-cum") { Description = "By what functions have with all that they called." };
    private readonly Option<int> _rows = new("--nodecount", "-n", "-nodecount") { Description = "The functions to print at the most.", HelpName = "number" };
    private readonly Option<string?> _tagRoot = new("--tagroot", "-tagroot") { Description = "Labels that become the outermost frames: keys, separated by commas.", HelpName = "keys" };

    /// <summary>Adds the options to <paramref name="command"/>.</summary>
    public TableArguments(Command command)
    {
        _rows.Validators.Add(NumberValidators.Positive);
        command.Options.Add(_byCumulative);
        command.Options.Add(_rows);
        command.Options.Add(_tagRoot);
        _report = new ReportArguments(command);
    }

    /// <summary>What makes the table of a profile. Options that are wrong are said before anything is collected.</summary>
    public Func<Proto.Profile, string> Printer(ParseResult result)
    {
        SampleFilters filters = _report.Filters(result);
        return profile => TopReport.Print(
            profile,
            _report.SampleIndex(result),
            filters,
            result.GetValue(_tagRoot) ?? "",
            result.GetValue(_byCumulative),
            result.GetValue(_rows));
    }
}
