using System.Text.RegularExpressions;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.EndToEnd.Tests.Scraping;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>A service that hangs says why in the first lines of <c>goroutine?debug=2</c>.</summary>
[Collection(nameof(ScrapingCollection))]
[Measures]
public sealed partial class HungServiceTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [ToolTheory(Tools.Linux)]
    [InlineData("monitor", @"^# deadlock: thread \d+ ""first thread"" waits for Monitor \d+ \(Pprof\.Workloads\.HungWork\.Stock\), which thread \d+ ""second thread"" holds; thread \d+ ""second thread"" waits for Monitor \d+ \(Pprof\.Workloads\.HungWork\.Cart\), which thread \d+ ""first thread"" holds$")]
    [InlineData("lock", @"^# deadlock: thread \d+ ""first thread"" waits for Lock \d+, which thread \d+ ""second thread"" holds; thread \d+ ""second thread"" waits for Lock \d+, which thread \d+ ""first thread"" holds$")]
    [InlineData("mixed", @"^# deadlock: thread \d+ ""first thread"" waits for Lock \d+, which thread \d+ ""second thread"" holds; thread \d+ ""second thread"" waits for Monitor \d+ \(Pprof\.Workloads\.HungWork\.Cart\), which thread \d+ ""first thread"" holds$")]
    [InlineData("task", @"^# deadlock: (?=.*thread \d+ ""holder of the c"" waits for Pprof\.Workloads\.HungWork\.FillAsync, which runs on thread \d+ ""\.NET TP Worker"")(?=.*thread \d+ ""\.NET TP Worker"" waits for Monitor \d+ \(Pprof\.Workloads\.HungWork\.Cart\), which thread \d+ ""holder of the c"" holds)")]
    [InlineData("context", @"^# deadlock: thread \d+ ""window"" waits for Pprof\.Workloads\.HungWork\.ShowAsync, where Pprof\.Workloads\.HungWork\.LoadAsync can go on only on this thread, by its Pprof\.Workloads\.HungWork\.Window$")]
    [InlineData("contexts", @"^# deadlock: thread \d+ ""window"" waits for Pprof\.Workloads\.HungWork\.ShowAsync, where Pprof\.Workloads\.HungWork\.LoadAsync can go on only on this thread, by its Pprof\.Workloads\.HungWork\.Window$")]
    [InlineData("semaphore", @"^# semaphore: 11 operations wait for one whose count is 0, in Pprof\.Workloads\.HungWork\.EnterDoorAsync; ")]
    [InlineData("desk", @"^# semaphore: 2 threads wait for one whose count is 0, in Pprof\.Workloads\.HungWork\.EnterDoor \(threads \d+, \d+\); ")]
    public async Task TheFirstLineSaysWhy(string kind, string line)
    {
        using RunningService service = await StartAsync(kind);
        await AssertFirstLineAsync(service, line);
    }

    /// <summary>What its objects tell, whose fields have no names: which monitor's object a thread that has two of them waits for may not be certain.</summary>
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("monitor", @"^# deadlock: thread \d+ ""first thread"" waits for Monitor \d+( \(Pprof\.Workloads\.HungWork\.Stock\))?, which thread \d+ ""second thread"" holds; thread \d+ ""second thread"" waits for Monitor \d+( \(Pprof\.Workloads\.HungWork\.Cart\))?, which thread \d+ ""first thread"" holds$")]
    [InlineData("lock", @"^# deadlock: thread \d+ ""first thread"" waits for Lock \d+, which thread \d+ ""second thread"" holds; thread \d+ ""second thread"" waits for Lock \d+, which thread \d+ ""first thread"" holds$")]
    [InlineData("mixed", @"^# deadlock: thread \d+ ""first thread"" waits for Lock \d+, which thread \d+ ""second thread"" holds; thread \d+ ""second thread"" waits for Monitor \d+ \(Pprof\.Workloads\.HungWork\.Cart\), which thread \d+ ""first thread"" holds$")]
    [InlineData("task", @"^# deadlock: (?=.*thread \d+ ""holder of the c"" waits for Pprof\.Workloads\.HungWork\.FillAsync, which runs on thread \d+ ""\.NET TP Worker"")(?=.*thread \d+ ""\.NET TP Worker"" waits for Monitor \d+ \(Pprof\.Workloads\.HungWork\.Cart\), which thread \d+ ""holder of the c"" holds)")]
    [InlineData("context", @"^# deadlock: thread \d+ ""window"" waits for Pprof\.Workloads\.HungWork\.ShowAsync, where Pprof\.Workloads\.HungWork\.LoadAsync can go on only on this thread, by its Pprof\.Workloads\.HungWork\.Window$")]
    [InlineData("contexts", @"^# deadlock: thread \d+ ""window"" waits for Pprof\.Workloads\.HungWork\.ShowAsync, where Pprof\.Workloads\.HungWork\.LoadAsync can go on only on this thread, by its Pprof\.Workloads\.HungWork\.Window$")]
    [InlineData("semaphore", @"^# semaphore: 11 operations wait for one whose count is 0, in Pprof\.Workloads\.HungWork\.EnterDoorAsync; ")]
    [InlineData("desk", @"^# semaphore: 2 threads wait for one whose count is 0, in Pprof\.Workloads\.HungWork\.EnterDoor \(threads \d+, \d+\); ")]
    public async Task TheFirstLineOfANativeAotProgramSaysWhy(string kind, string line)
    {
        using RunningService service = await StartAsync(kind, Workloads.Aot);
        string page = await AssertFirstLineAsync(service, line);
        Assert.DoesNotContain("\n# without ", page, StringComparison.Ordinal);
    }

    /// <summary>What the stacks of its threads lead to besides looks like their locks, and is where these were before a collection.</summary>
    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheFirstPageOfANativeAotProgramSaysWhyAfterACollection()
    {
        const string Line = @"^# deadlock: thread \d+ ""first thread"" waits for Monitor \d+( \(Pprof\.Workloads\.HungWork\.Stock\))?, which thread \d+ ""second thread"" holds; ";
        using RunningService service = await StartAsync("moved", Workloads.Aot);
        Assert.Matches(Line, FirstLine(await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2")));
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task APoolThatWaitsForItselfSaysSoInTheFirstLine(string runtime)
    {
        const string Line = @"^# the thread pool is starved: all its threads wait \(\d+ in TaskAwaiter\.GetResult\), \d+ work items are queued, and none was completed in the \d+ ms of this look; \d+ threads? waits? for tasks that need a thread of the pool, and cannot go on before it grows$";
        using RunningService service = await StartAsync("result", runtime);
        string page = "";
        for (int i = 0; i < 500 && !Regex.IsMatch(FirstLine(page), Line); i++)
        {
            page = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2");
            await Task.Delay(20);
        }

        Assert.Matches(Line, FirstLine(page));
        Assert.DoesNotContain("WaitForShutdownAsync awaits", page, StringComparison.Ordinal);
        Assert.Matches(@"\n# task: .* for Pprof\.Workloads\.HungWork\.PlaceAsync, where Pprof\.Workloads\.HungWork\.PayAsync needs a thread of the pool to go on", page);
        Assert.Matches(@"\n# queued in the thread pool, what comes next first:\n", page);
        Assert.Matches(@"\n#  +\d+ Pprof\.Workloads\.HungWork\.", page);
    }

    /// <summary>The thread that it gets runs a timer's work before it waits.</summary>
    [ToolFact(Tools.Linux)]
    public async Task APoolThatGrowsWhileItIsLookedAtIsStarvedToo()
    {
        const string Line = @"^# the thread pool is starved: .* \d+ (was|were) completed in the \d+ ms of this look, in which it got \d+ threads? more; ";
        using RunningService service = await StartAsync("delay");
        string line = "";
        for (int i = 0; i < 300 && !Regex.IsMatch(line, Line); i++)
        {
            line = FirstLine(await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2"));
        }

        Assert.Matches(Line, line);
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task AThreadThatHoldsWhatLoggingNeedsIsNamed(string runtime)
    {
        using RunningService service = await StartAsync("logging", runtime);

        // Whatever else the service logs waits for that thread, and the answer does not.
        string page = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2");

        Assert.Matches(@"\ngoroutine \d+ \[Thread\.Sleep, ""holds console""\]:\n", page);
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task WithMoreBusyThreadsThanProcessorsItAnswers(string runtime)
    {
        using RunningService service = await StartAsync("busy", runtime);

        for (int i = 0; i < 3; i++)
        {
            string page = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2");

            // The same machine, so as many processors.
            Assert.Equal(4 * Environment.ProcessorCount, Regex.Count(page, @"\ngoroutine \d+ \[[^\]\n]*""busy""\]:\n"));
        }
    }

    private static string FirstLine(string page) => page.Split('\n', 2)[0];

    /// <summary>Asks until the line is there: threads take their time to where they wait.</summary>
    private static async Task<string> AssertFirstLineAsync(RunningService service, string line)
    {
        string page = "";
        for (int i = 0; i < 200 && !Regex.IsMatch(FirstLine(page), line); i++)
        {
            page = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2");
            await Task.Delay(20);
        }

        Assert.Matches(line, FirstLine(page));
        Assert.Matches(@"\n\ngoroutine \d+ \[", page);
        return page;
    }

    private static async Task<RunningService> StartAsync(string kind, string runtime = Workloads.Jit)
    {
        string[] arguments = ["--Pprof:ListenUrl=http://127.0.0.1:0", "--urls=http://127.0.0.1:0", $"--hung={kind}"];
        string? published = runtime == Workloads.Aot ? await Workloads.PublishAsync() : null;
        RunningService service = await RunningService.StartAsync(
            published is null ? DotNet.Path : Path.Combine(published, "Pprof.Workloads"),
            published is null ? [Workloads.BuiltAssembly, .. arguments] : arguments,
            published ?? Path.GetDirectoryName(Workloads.BuiltAssembly),
            ServingLine());
        service.Client.Timeout = s_patience;
        while (!service.Output.Contains("It hangs.", StringComparison.Ordinal))
            await Task.Delay(20);

        return service;
    }

    [GeneratedRegex(@"pprof serves (http://\S+)/debug/pprof/")]
    private static partial Regex ServingLine();
}
