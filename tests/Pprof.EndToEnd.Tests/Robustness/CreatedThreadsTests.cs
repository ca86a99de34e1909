using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.EndToEnd.Tests.Scraping;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>threadcreate of a service with the option that watches threads from the start, and of one without.</summary>
[Measures]
[Collection(nameof(ScrapingCollection))]
public sealed class CreatedThreadsTests
{
    private const int Threads = 20_000;

    // A fifth of what the runtime keeps for each thread that wrote an event.
    private const long AllowedBytes = 120L * Threads;

    private static readonly Dictionary<string, string> s_watched = new() { ["Pprof__ThreadCreation"] = "true" };

    [ToolFact(Tools.Linux)]
    public async Task ThreadsThatEndedLeaveNoMemoryBehind()
    {
        using RunningService service = await Workloads.StartBuiltAsync(s_watched);
        await service.Client.GetAsync("/threads?count=5000");
        long total = await TotalAsync(service);
        long before = Number(await service.Client.GetStringAsync("/native-memory"));

        await service.Client.GetAsync($"/threads?count={Threads}");

        Assert.InRange(await TotalAsync(service) - total, Threads, long.MaxValue);

        // The runtime frees its objects for threads some time after their finalizers have run.
        long start = Stopwatch.GetTimestamp();
        long growth;
        do
        {
            growth = Number(await service.Client.GetStringAsync("/native-memory")) - before;
        }
        while (growth > AllowedBytes && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60));

        Assert.InRange(growth, long.MinValue, AllowedBytes);
    }

    [ToolFact(Tools.Linux)]
    public async Task WithoutTheOptionNothingIsLoadedBeforeSecondsAreAskedFor()
    {
        using RunningService service = await Workloads.StartBuiltAsync();

        string text = await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1");
        Assert.Contains("created before tracking", text);
        Assert.Contains("\"thread\":\".NET", text);
        Assert.DoesNotContain("Microsoft.Diagnostics", MapsOf(service));

        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/threadcreate?seconds=1"));
        Assert.Contains("Microsoft.Diagnostics.Tracing.TraceEvent", MapsOf(service));
        Assert.Contains("Microsoft.Diagnostics.NETCore.Client", MapsOf(service));
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task WithoutTheOptionSecondsShowWhoCreatesThreads()
    {
        using RunningService service = await Workloads.StartBuiltAsync();
        using var pprof = new GoToolPprof();

        Task<string> file = pprof.FetchAsync(service.Client, "/debug/pprof/threadcreate?seconds=5");
        await Task.Delay(TimeSpan.FromSeconds(2));
        await service.Client.GetAsync("/threads?count=50");

        var top = new TopReport(await pprof.PrintAsync("-top", await file));
        Assert.True(top.Cumulative("Program.Main.lambda") == 50, top.Text);
    }

    private static string MapsOf(RunningService service) => File.ReadAllText($"/proc/{service.ProcessId}/maps");

    private static async Task<long> TotalAsync(RunningService service)
    {
        string text;
        do
        {
            text = await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1");
        }
        while (text.Contains("the runtime's events of the last moments had not come"));

        Assert.DoesNotContain("incomplete", text);
        return Number(Regex.Match(text, @"total (\d+)").Groups[1].Value);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
