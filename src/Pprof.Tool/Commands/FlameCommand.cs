using System.CommandLine;
using Pprof.Tool.Reading;
using Pprof.Tool.Reports;

namespace Pprof.Tool.Commands;

/// <summary><c>flame FILE|URL -o</c>: a flame graph in a file.</summary>
internal static class FlameCommand
{
    /// <summary>The command.</summary>
    public static Command Create(ToolConsole console)
    {
        var command = new Command("flame", "Writes a flame graph: one HTML file that needs no network and no other file.");
        var source = new Argument<string>("FILE|URL") { Description = "A profile, or where it is collected." };
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "file", Required = true };
        var compared = new Option<string?>("--base") { Description = "A profile to compare with: what is more is red, what is less blue.", HelpName = "file" };
        command.Arguments.Add(source);
        command.Options.Add(output);
        command.Options.Add(compared);
        var report = new ReportArguments(command);
        var arguments = new SourceArguments(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            SampleFilters filters = report.Filters(result);
            ProfileFile profile = await arguments.ReadAsync(result, result.GetRequiredValue(source), console, cancellationToken);
            ProfileFile? first = result.GetValue(compared) is { } name ? await ProfileFile.LoadAsync(name, cancellationToken) : null;
            string page = FlameFile.Render(profile, first, report.SampleIndex(result), filters);
            string file = result.GetRequiredValue(output);
            await OutputFile.WriteAsync(file, System.Text.Encoding.UTF8.GetBytes(page), cancellationToken);
            await console.Output.WriteLineAsync(file);
            return ExitCode.Success;
        });
        return command;
    }
}
