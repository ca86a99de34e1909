using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>goroutine of running services, compiled by the JIT and ahead of time, read by the real tool.</summary>
[Measures]
public sealed class GoroutineTests(Samples samples) : SampleTests(samples)
{
    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TheToolShowsWhereThreadsStand(string sample)
    {
        RunningService service = await Samples.StartAsync(sample);

        string traces = await Pprof.PrintAsync("-traces", service.Url + "/debug/pprof/goroutine");

        Assert.Contains("Type: goroutine", traces);
        // The first thread waits until the service ends, the others below the method that starts them.
        Assert.Matches(@"(?m)^\s+Program\.Main$", traces);
        Assert.Matches(@"(?m)^\s+System\.Threading\.Thread\.\w+$", traces);
        Assert.Contains("Type: goroutine", await Pprof.PrintAsync("-top", service.Url + "/debug/pprof/goroutine?seconds=1"));
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TheTextFormIsReadByTheTool(string sample)
    {
        RunningService service = await Samples.StartAsync(sample);

        string text = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=1");

        Assert.Matches(@"^goroutine profile: total [1-9]\d*\n(# threads alone.+\n)?[1-9]\d* @ 0x", text);
        Assert.Contains("Type: goroutine", await Pprof.PrintAsync("-top", Pprof.Save(text)));
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TheFullDumpHasEveryThreadWithWhatItWaitsFor(string sample)
    {
        RunningService service = await Samples.StartAsync(sample);

        string text = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2");

        string[] blocks = text.TrimEnd('\n').Split("\n\n");
        string[] threads = [.. blocks.SkipWhile(IsComment).TakeWhile(static block => !IsComment(block))];
        Assert.Equal(blocks.Length, threads.Length + blocks.Count(IsComment));
        Assert.Matches(@"(?m)^# thread pool: \d+ threads? \(at once \d+, at most \d+\), \d+ work items? queued$", blocks[0]);
        Assert.All(threads, thread => Assert.Matches(@"^goroutine \d+ \[[^\]]+\]:\n(.+\n\t.+(\n|$))+|^goroutine \d+ \[[^\]]+\]:\n\tgoroutine running", thread));
        string main = Assert.Single(threads, thread => thread.Contains("\nProgram.Main(", StringComparison.Ordinal));
        Assert.Matches(@"(?m)^goroutine \d+ \[TaskAwaiter\.GetResult, ", main);
        Assert.DoesNotContain("futex", main);
        Assert.DoesNotContain("\"pprof threads\"", text);
        Assert.Contains("<a href=\"goroutine?debug=2\">full goroutine stack dump</a>", await service.Client.GetStringAsync("/debug/pprof/"));
    }

    private static bool IsComment(string block) => block.Split('\n').All(static line => line.StartsWith("# ", StringComparison.Ordinal));
}
