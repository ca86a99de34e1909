using Pprof.Testing;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>Exit codes, and errors in one line.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("top")]
    [InlineData("merge x")]
    [InlineData("top x --nodecount many")]
    [InlineData("top x --nodecount 0")]
    [InlineData("frobnicate")]
    [InlineData("collect http://127.0.0.1:1/ --seconds -1")]
    public async Task WhatIsNotUnderstoodIsExitCode2(string arguments)
    {
        ToolRun run = await ToolRun.RunAsync(arguments.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("bogus", "bogus is no command; ")]
    [InlineData("--bogus", "--bogus is no command; ")]
    [InlineData("http://user:secret@127.0.0.1/debug/pprof/heap", "an address is no command; ")]
    [InlineData("", "no command was given; ")]
    public async Task WhatIsNoCommandIsNamedWithThoseThatThereAre(string arguments, string error)
    {
        ToolRun run = await ToolRun.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            error + "the commands are collect, top, diff, merge, flame and convert (dotnet pprof --help says what there is)",
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)).TrimEnd());
    }

    [Theory]
    [InlineData("top nosuchfile", "there is no file nosuchfile")]
    [InlineData("collect nosuchfile", "nosuchfile is neither a URL nor the number of a process")]
    [InlineData("convert nosuchfile", "there is no file nosuchfile")]
    [InlineData("collect 1 --profile cpu", "there is no profile cpu of events: it is wall, allocs or mutex")]
    [InlineData("top x --focus (", "--focus: ( is no regular expression")]
    public async Task WhatCannotBeDoneIsExitCode1(string arguments, string error)
    {
        ToolRun run = await ToolRun.RunAsync(arguments.Split(' '));

        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith(error, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HelpNamesAllCommands()
    {
        string help = await ToolRun.PrintAsync("--help");

        Assert.All(["collect", "top", "diff", "merge", "flame", "convert"], command => Assert.Contains($"  {command} ", help, StringComparison.Ordinal));
    }

    /// <summary>The program itself, as the shell starts it.</summary>
    [Fact]
    public async Task TheProgramEndsWithTheCode()
    {
        ProcessResult result = await ChildProcess.RunAsync(DotNet.Path, [typeof(ToolConsole).Assembly.Location, "top", "nosuchfile"]);

        Assert.Equal((1, "", $"there is no file nosuchfile{Environment.NewLine}"), (result.ExitCode, result.Output, result.Error));
    }
}
