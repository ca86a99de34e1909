using System.Net;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>What is alive in a running service, and who holds it.</summary>
[Measures]
public sealed class HeldTests(Samples samples) : SampleTests(samples)
{
    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("event", @"WebApi\.Leaks\.PriceTag\._picture", @"WebApi\.Leaks\.PriceChanged \[static field\]")]
    [InlineData("cache", @"Dictionary<System\.Guid, byte\[\]>\._entries", @"WebApi\.Leaks\.s_thumbnails \[static field\]")]
    [InlineData("timer", @"WebApi\.Leaks\.StockPoll\._answer", @"System\.Threading\.TimerQueue\b")]
    public async Task ALeakIsNamedInTheFirstRows(string leak, string holder, string root)
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);
        for (int i = 0; i < 2; i++)
            (await service.Client.PostAsync($"/leaks/{leak}", null)).EnsureSuccessStatusCode();

        string text = await service.Client.GetStringAsync("/debug/pprof/heap?view=retained&debug=1");
        string[] rows = text.Split("\n\n")[..5];

        Assert.True(
            rows.Any(row => row.Contains("\tbyte[]+0x0", StringComparison.Ordinal) && Regex.IsMatch(row, holder) && Regex.IsMatch(row, root)),
            string.Join('\n', rows.Select(static row => row[..Math.Min(300, row.Length)])));
        string top = await Pprof.PrintAsync("-top", "-cum", service.Url + "/debug/pprof/heap?view=retained");
        Assert.Contains("Type: space", top);
        Assert.Matches(root, top);
        Assert.Contains("Type: space", await Pprof.PrintAsync("-top", Pprof.Save(text)));
    }

    /// <summary>
    /// Where neither a copy nor the profiling interface may be had. The runtime's events tell neither of fields nor of whose a
    /// static one is.
    /// </summary>
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task LeaksAreNamedByTheRuntimesEventsToo()
    {
        using RunningService service = await Samples.StartWebApiAsync(
            new Dictionary<string, string> { ["Pprof__SnapshotResidentLimit"] = "1", ["DOTNET_EnableDiagnostics_Profiler"] = "0" });
        for (int i = 0; i < 2; i++)
        {
            foreach (string leak in new[] { "event", "cache", "timer" })
                (await service.Client.PostAsync($"/leaks/{leak}", null)).EnsureSuccessStatusCode();
        }

        string text = await service.Client.GetStringAsync("/debug/pprof/heap?view=retained&debug=1");
        string[] rows = text.Split("\n\n")[..5];
        string types = await Pprof.PrintAsync("-top", service.Url + "/debug/pprof/heap?view=types&seconds=1");
        string allocs = await Pprof.FetchAsync(service.Client, "/debug/pprof/allocs?seconds=3");

        Assert.Contains("# source: the runtime's events", text, StringComparison.Ordinal);
        foreach (string way in new[] { @"WebApi\.Leaks\.PriceTag\+.*PriceChanged \[static field\]", @"Dictionary<System\.Guid, byte\[\]>\+.*s_thumbnails \[static field\]", @"WebApi\.Leaks\.StockPoll\+.*System\.Threading\.TimerQueue\+" })
        {
            string row = Assert.Single(rows, row => row.Contains("\tbyte[]+0x0", StringComparison.Ordinal) && Regex.IsMatch(row, way, RegexOptions.Singleline));
            Assert.StartsWith("2000: 10048000 [2000: 10048000] @ ", row[row.IndexOf("2000", StringComparison.Ordinal)..], StringComparison.Ordinal);
        }

        Assert.Contains("Type: space", types);
        Assert.Contains("source: the runtime's events", await Pprof.PrintAsync("-comments", allocs));
        Assert.True(new TopReport(await Pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", allocs)).Cumulative("WebApi.OrderService.Work") > 0);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TypesAreCountedAndADifferenceShowsWhatGrew(string sample)
    {
        RunningService service = await Samples.StartAsync(sample);

        string top = await Pprof.PrintAsync("-top", "-sample_index=objects", service.Url + "/debug/pprof/heap?view=types");

        Assert.Contains("Type: objects", top);
        Assert.Matches(@"(?m) string$", top);
        Assert.Contains("Type: space", await Pprof.PrintAsync("-top", service.Url + "/debug/pprof/heap?view=types&seconds=1"));
    }

    /// <summary>Heaps of several parts, and of segments in the place of regions: every object is found.</summary>
    [ToolTheory(Tools.Linux)]
    [InlineData("DOTNET_gcServer", "1")]
    [InlineData("DOTNET_GCName", "libclrgc.so")]
    [InlineData("DOTNET_gcConcurrent", "0")]
    public async Task EveryObjectIsFoundWhateverTheHeapIs(string setting, string value)
    {
        using RunningService service = await Samples.StartWebApiAsync(new Dictionary<string, string> { [setting] = value });
        for (int i = 0; i < 3; i++)
            (await service.Client.PostAsync("/leaks/cache", null)).EnsureSuccessStatusCode();

        string text = await service.Client.GetStringAsync("/debug/pprof/heap?view=retained&debug=1");

        string row = Assert.Single(text.Split("\n\n"), static row => row.Contains("\tbyte[]+0x0", StringComparison.Ordinal) && row.Contains("WebApi.Leaks.s_thumbnails [static field]", StringComparison.Ordinal));
        Assert.StartsWith("3000: 15072000 [3000: 15072000] @ ", row[row.IndexOf("3000", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [ToolFact(Tools.Linux)]
    public async Task AnUnknownViewIsRefused()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/heap?view=nothing");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid value for \"view\" - must be flame, types, retained or top\n", await response.Content.ReadAsStringAsync());
    }

    [ToolFact(Tools.Linux)]
    public async Task AsyncOperationsStandBesideThreads()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        string text = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2");
        string threads = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2&async=0");

        Assert.Matches(@"goroutine \d+ \[await timer\]:\nWebApi\.Customers\.Order(InBulk|NowAndThen)Async\(\.\.\.\)\n", text);
        Assert.DoesNotContain("[await ", threads);
    }

    /// <summary>A heap of several parts, where nobody tells what holds what.</summary>
    [ToolFact(Tools.Linux, Tools.Go, Tools.NativeCompiler)]
    public async Task ANativeAotServiceHasTypesAndOperations()
    {
        RunningService service = await Samples.StartAsync(Samples.AotService);

        HttpResponseMessage held = await service.Client.GetAsync("/debug/pprof/heap?view=retained");
        string types = await service.Client.GetStringAsync("/debug/pprof/heap?view=types&gc=1&debug=1");
        string blocks = await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2");
        string traces = await Pprof.PrintAsync("-traces", service.Url + "/debug/pprof/goroutine");

        Assert.Equal(HttpStatusCode.NotImplemented, held.StatusCode);
        Assert.Contains("view=types", await held.Content.ReadAsStringAsync());
        Assert.Contains("types only", types.Split('\n')[1]);
        Assert.Contains("\tAotService.StationLog+0x0", types);
        Assert.Matches(@"goroutine \d+ \[await delay(, \d operations)?\]:\nAotService\.Stations\.ReportAsync\(\.\.\.\)\n", blocks);
        Assert.Matches(@"(?m)^\s+(\d+\s+)?AotService\.Stations\.ReportAsync$", traces);
    }
}
