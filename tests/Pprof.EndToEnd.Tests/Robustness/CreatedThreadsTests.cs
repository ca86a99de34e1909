using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>A service that creates threads for as long as it runs, with threadcreate on as it is by default.</summary>
[Collection(nameof(Workloads))]
public sealed class CreatedThreadsTests
{
    private const int Threads = 20_000;

    // A fifth of what the runtime keeps for each thread that wrote an event.
    private const long AllowedBytes = 120L * Threads;

    [ToolFact(Tools.Linux)]
    public async Task ThreadsThatEndedLeaveNoMemoryBehind()
    {
        using RunningService service = await Workloads.StartBuiltAsync();
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
