using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>
/// A service whose threads wait for locks more often than can be watched all the time. Runs real time: a second in so many
/// is watched.
/// </summary>
[Collection(nameof(Workloads))]
public sealed class BusyLocksTests : IDisposable
{
    private const int Cycles = 2;

    // Monitor waits at once, so that the locks are contended as often as can be.
    private static readonly Dictionary<string, string> s_environment = new()
    {
        ["DOTNET_Monitor_SpinCount"] = "0",
        ["Pprof__MutexProfileFraction"] = "1",
    };

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(4);

    private readonly GoToolPprof _pprof = new();

    public void Dispose() => _pprof.Dispose();

    [ToolFact(Tools.Linux)]
    public async Task SecondsThatAreWatchedStandForThoseThatAreNot()
    {
        using RunningService service = await Workloads.StartBuiltAsync(s_environment);
        await service.Client.GetAsync("/start?workload=locks&threads=4");

        // Up to then everything is watched.
        await WindowAsync(service);
        (long seen, long happened) = await WindowAsync(service);
        (long seenLater, long happenedLater) = (0, 0);
        for (int i = 0; i < Cycles; i++)
            (seenLater, happenedLater) = await WindowAsync(service);

        await service.Client.GetAsync("/stop");
        double ratio = (seenLater - seen) / (double)(happenedLater - happened);
        Assert.True(ratio is > 0.8 and < 1.2, $"{seenLater - seen} of {happenedLater - happened} contentions");
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task AskedForSomeSecondsTheyAreAllWatched()
    {
        using RunningService service = await Workloads.StartBuiltAsync(s_environment);
        await service.Client.GetAsync("/start?workload=locks&threads=4");
        await WindowAsync(service);
        long before = await ContentionsAsync(service);

        string file = await _pprof.FetchAsync(service.Client, "/debug/pprof/mutex?seconds=5");

        long happened = await ContentionsAsync(service) - before;
        await service.Client.GetAsync("/stop");

        // The counter also ran while the request began and ended.
        string raw = await _pprof.PrintAsync("-raw", file);
        long seen = Regex.Matches(raw, @"(?m)^ +(\d+) +\d+: ").Sum(static match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.InRange(seen, happened * 0.7, happened * 1.05);
    }

    /// <summary>Waits until a window has been, and the contentions in it have been counted.</summary>
    private static async Task<(long Seen, long Happened)> WindowAsync(RunningService service)
    {
        long deadline = Stopwatch.GetTimestamp() + (long)(s_timeout.TotalSeconds * Stopwatch.Frequency);
        long first = await SeenAsync(service);
        long last = first;
        int still = 0;
        while (last == first || still < 5)
        {
            Assert.True(Stopwatch.GetTimestamp() < deadline, $"{last} contentions, all the time the same or more");
            await Task.Delay(s_look);
            long now = await SeenAsync(service);
            still = now == last ? still + 1 : 0;
            last = now;
        }

        return (last, await ContentionsAsync(service));
    }

    private static async Task<long> SeenAsync(RunningService service) => Seen(await service.Client.GetStringAsync("/debug/pprof/mutex?debug=1"));

    private static long Seen(string text) =>
        Regex.Matches(text, @"(?m)^\d+ (\d+) @").Sum(static match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    private static async Task<long> ContentionsAsync(RunningService service) =>
        long.Parse(await service.Client.GetStringAsync("/contentions"), CultureInfo.InvariantCulture);
}
