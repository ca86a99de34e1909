using System.CommandLine;
using Pprof.Tool.Combining;
using Pprof.Tool.Reading;

namespace Pprof.Tool.Commands;

/// <summary><c>diff BASE NEW</c>: what has become more and less.</summary>
internal static class DiffCommand
{
    /// <summary>The command.</summary>
    public static Command Create(ToolConsole console)
    {
        var command = new Command("diff", "Prints what has changed from one profile to another, as go tool pprof -top -diff_base.");
        var before = new Argument<string>("BASE") { Description = "The profile to compare with." };
        var after = new Argument<string>("NEW") { Description = "The profile that is compared." };
        var output = new Option<string?>("--output", "-o") { Description = "Writes the difference as a profile instead.", HelpName = "file" };
        command.Arguments.Add(before);
        command.Arguments.Add(after);
        command.Options.Add(output);
        var table = new TableArguments(command);
        var arguments = new SourceArguments(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            Func<Proto.Profile, string> print = table.Printer(result);
            ProfileFile first = await arguments.ReadAsync(result, result.GetRequiredValue(before), console, cancellationToken);
            ProfileFile second = await arguments.ReadAsync(result, result.GetRequiredValue(after), console, cancellationToken);
            Proto.Profile difference = ProfileMerger.Difference(first, second);
            if (result.GetValue(output) is { } file)
            {
                await ProfileFile.WriteAsync(difference, file, cancellationToken);
                await console.Output.WriteLineAsync(file);
                return ExitCode.Success;
            }

            await console.Output.WriteAsync(print(difference));
            return ExitCode.Success;
        });
        return command;
    }
}
