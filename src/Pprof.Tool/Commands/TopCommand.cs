using System.CommandLine;
using Pprof.Tool.Reading;

namespace Pprof.Tool.Commands;

/// <summary><c>top FILE|URL</c>: prints functions by what they have.</summary>
internal static class TopCommand
{
    /// <summary>The command.</summary>
    public static Command Create(ToolConsole console)
    {
        var command = new Command("top", "Prints the functions of a profile by what they have themselves, as go tool pprof -top.");
        var source = new Argument<string>("FILE|URL") { Description = "A profile, or where it is collected." };
        command.Arguments.Add(source);
        var table = new TableArguments(command);
        var arguments = new SourceArguments(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            Func<Proto.Profile, string> print = table.Printer(result);
            ProfileFile file = await arguments.ReadAsync(result, result.GetRequiredValue(source), console, cancellationToken);
            await console.Output.WriteAsync(print(file.Profile));
            return ExitCode.Success;
        });
        return command;
    }
}
