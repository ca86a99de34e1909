namespace Pprof.Tool;

/// <summary>Where the tool writes: results to the one stream, progress and errors to the other.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Progress and errors.</param>
/// <param name="IsTerminal">Whether a person watches <paramref name="Error"/>, and a line can be written over.</param>
internal sealed record ToolConsole(TextWriter Output, TextWriter Error, bool IsTerminal)
{
    /// <summary>Those of the process.</summary>
    public static ToolConsole OfProcess() => new(Console.Out, Console.Error, !Console.IsErrorRedirected);
}
