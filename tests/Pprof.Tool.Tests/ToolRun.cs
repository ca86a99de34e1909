using Pprof.Tool.Commands;

namespace Pprof.Tool.Tests;

/// <summary>What a command of the tool printed, run in this process.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a command.</summary>
    public static Task<ToolRun> RunAsync(params string[] arguments) => RunAsync(arguments, CancellationToken.None);

    /// <summary>Runs a command that can be ended as by Ctrl+C.</summary>
    public static async Task<ToolRun> RunAsync(string[] arguments, CancellationToken end)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await CommandLine.RunAsync(arguments, new ToolConsole(output, error, IsTerminal: false), end);
        return new ToolRun(code, output.ToString(), error.ToString());
    }

    /// <summary>What it printed, when it succeeded.</summary>
    public static async Task<string> PrintAsync(params string[] arguments)
    {
        ToolRun run = await RunAsync(arguments);
        return run.ExitCode == Commands.ExitCode.Success ? run.Output : throw new InvalidOperationException(run.Error);
    }
}
