using System.CommandLine;

namespace Pprof.Tool.Commands;

/// <summary>The commands of the tool, and what becomes of their errors.</summary>
internal static class CommandLine
{
    /// <summary>Runs the command that <paramref name="arguments"/> name. Returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, ToolConsole console, CancellationToken cancellationToken)
    {
        try
        {
            ParseResult result = Create(console).Parse(arguments);
            if (result.Errors.Count > 0)
            {
                string message = result.CommandResult.Command is RootCommand root ? NoCommand(root, result.UnmatchedTokens) : result.Errors[0].Message;
                await console.Error.WriteLineAsync(OneLine(message) + " (dotnet pprof --help says what there is)");
                return ExitCode.Usage;
            }

            var invocation = new InvocationConfiguration
            {
                Output = console.Output,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await result.InvokeAsync(invocation, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await console.Error.WriteLineAsync("ended; nothing was written");
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            await console.Error.WriteLineAsync(OneLine(exception is ToolException or IOException or UnauthorizedAccessException
                ? exception.Message
                : $"{exception.GetType().Name}: {exception.Message}"));
            return ExitCode.Failure;
        }
    }

    private static RootCommand Create(ToolConsole console) => new("Collects, prints, compares and converts profiles in the pprof format.")
    {
        CollectCommand.Create(console),
        TopCommand.Create(console),
        DiffCommand.Create(console),
        MergeCommand.Create(console),
        FlameCommand.Create(console),
        ConvertCommand.Create(console),
    };

    // The parser's own message does not name what it did not understand. An address may have a password.
    private static string NoCommand(RootCommand root, IReadOnlyList<string> words)
    {
        string[] commands = [.. root.Subcommands.Select(static command => command.Name)];
        string what = words.Count == 0 ? "no command was given" : words[0].Contains('@') ? "an address is no command" : $"{words[0]} is no command";
        return $"{what}; the commands are {string.Join(", ", commands[..^1])} and {commands[^1]}";
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
