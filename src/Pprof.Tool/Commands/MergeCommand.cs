using System.CommandLine;
using Pprof.Tool.Combining;
using Pprof.Tool.Reading;

namespace Pprof.Tool.Commands;

/// <summary><c>merge FILES -o</c>: adds profiles up.</summary>
internal static class MergeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(ToolConsole console)
    {
        var command = new Command("merge", "Adds profiles of one kind up and writes them as one.");
        var sources = new Argument<string[]>("FILES") { Description = "The profiles.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "file", Required = true };
        command.Arguments.Add(sources);
        command.Options.Add(output);
        command.SetAction(async (result, cancellationToken) =>
        {
            var files = new List<ProfileFile>();
            foreach (string source in result.GetRequiredValue(sources))
            {
                files.Add(await ProfileFile.LoadAsync(source, cancellationToken));
            }

            string file = result.GetRequiredValue(output);
            await ProfileFile.WriteAsync(ProfileMerger.Sum(files), file, cancellationToken);
            await console.Output.WriteLineAsync(file);
            return ExitCode.Success;
        });
        return command;
    }
}
