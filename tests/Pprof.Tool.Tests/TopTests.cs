using Pprof.EndToEnd.Tests;
using Pprof.Testing;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>The table is that of the real <c>go tool pprof -top</c>, line by line.</summary>
public sealed class TopTests
{
    [ToolTheory(Tools.Go)]
    [InlineData(Recorded.Cpu1, "")]
    [InlineData(Recorded.Cpu1, "-cum")]
    [InlineData(Recorded.Cpu1, "-nodecount=5")]
    [InlineData(Recorded.Cpu1, "-cum -nodecount=12")]
    [InlineData(Recorded.Cpu1, "-sample_index=samples")]
    [InlineData(Recorded.Cpu1, "-sample_index=0")]
    [InlineData(Recorded.Cpu1, "-focus=sorted$")]
    [InlineData(Recorded.Cpu1, "-focus=main\\. -ignore=partition|gzip")]
    [InlineData(Recorded.Cpu1, "-focus=sort.go")]
    [InlineData(Recorded.Cpu1, "-tagfocus=route=/mix")]
    [InlineData(Recorded.Cpu1, "-tagfocus=tenant:ac")]
    [InlineData(Recorded.Cpu1, "-tagignore=route=/mix,/none")]
    [InlineData(Recorded.Cpu1, "-tagroot=route")]
    [InlineData(Recorded.Cpu1, "-tagroot=tenant,route -cum")]
    [InlineData(Recorded.Heap1, "")]
    [InlineData(Recorded.Heap1, "-sample_index=alloc_space")]
    [InlineData(Recorded.Heap1, "-sample_index=alloc_objects -cum")]
    [InlineData(Recorded.Heap2, "-sample_index=inuse_objects")]
    public async Task TheTableIsThatOfTheRealTool(string file, string options)
    {
        using var go = new GoToolPprof();
        string[] arguments = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            Lines(await go.PrintAsync(["-top", .. arguments, Recorded.PathOf(file)])),
            Lines(await ToolRun.PrintAsync(["top", .. arguments, Recorded.PathOf(file)])));
    }

    [Fact]
    public async Task AnUnknownTypeOfValueIsAnErrorThatNamesThoseThereAre()
    {
        ToolRun run = await ToolRun.RunAsync("top", "--sample-index", "nothing", Recorded.PathOf(Recorded.Cpu1));

        Assert.Equal(1, run.ExitCode);
        Assert.Equal($"--sample-index: the profile has no nothing, but samples, cpu{Environment.NewLine}", run.Error);
    }

    /// <summary>The real tool tells the time in the zone of its machine.</summary>
    internal static string[] Lines(string text) =>
        [.. text.Split('\n').Where(static line => !line.StartsWith("Time: ", StringComparison.Ordinal)).Select(static line => line.TrimEnd())];
}
