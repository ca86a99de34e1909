using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>
/// A service whose threads wait for locks more often than each contention can be recorded. Runs real time: seconds of them.
/// </summary>
[Measures]
[Collection(nameof(Workloads))]
public sealed class BusyLocksTests : IDisposable
{
    // Monitor waits at once, so that the locks are contended as often as can be.
    private static readonly Dictionary<string, string> s_environment = new()
    {
        ["DOTNET_Monitor_SpinCount"] = "0",
        ["Pprof__MutexProfileFraction"] = "1",
    };

    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(5);

    // 1,250 at least are recorded in a second, in runs of 16 of the same lock. In five seconds these are 390 runs: five standard
    // deviations.
    private const double Off = 0.25;

    private readonly GoToolPprof _pprof = new();

    public void Dispose() => _pprof.Dispose();

    [ToolFact(Tools.Linux)]
    public async Task ContentionsThatAreRecordedStandForThoseThatAreNot()
    {
        using RunningService service = await StartAsync();
        (long least, long seen, long most) = await SeenBetweenAsync(service);

        await Task.Delay(s_time);

        (long leastLater, long seenLater, long mostLater) = await SeenBetweenAsync(service);
        await service.Client.GetAsync("/stop");
        Assert.InRange(seenLater - seen, (leastLater - most) * (1 - Off), (mostLater - least) * (1 + Off));
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task AskedForSomeSecondsTheyAreAllWatched()
    {
        using RunningService service = await StartAsync();
        long before = await ContentionsAsync(service);

        string file = await _pprof.FetchAsync(service.Client, "/debug/pprof/mutex?seconds=5");

        long happened = await ContentionsAsync(service) - before;
        await service.Client.GetAsync("/stop");

        // The counter also ran while the request began and ended: on a busy machine that takes its time.
        string raw = await _pprof.PrintAsync("-raw", file);
        long seen = Regex.Matches(raw, @"(?m)^ +(\d+) +\d+: ").Sum(static match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.InRange(seen, happened * 0.7, happened * (1 + Off));
    }

    /// <summary>A service that is watched already.</summary>
    private static async Task<RunningService> StartAsync()
    {
        RunningService service = await Workloads.StartBuiltAsync(s_environment);
        await service.Client.GetAsync("/start?workload=locks&threads=4");
        for (long seen = 0; seen == 0; seen = await SeenAsync(service))
            await Task.Delay(TimeSpan.FromMilliseconds(100));

        return service;
    }

    /// <summary>What was seen, with what had happened before and after: an answer can take its time.</summary>
    private static async Task<(long Least, long Seen, long Most)> SeenBetweenAsync(RunningService service) =>
        (await ContentionsAsync(service), await SeenAsync(service), await ContentionsAsync(service));

    private static async Task<long> SeenAsync(RunningService service) => Seen(await service.Client.GetStringAsync("/debug/pprof/mutex?debug=1"));

    private static long Seen(string text) =>
        Regex.Matches(text, @"(?m)^\d+ (\d+) @").Sum(static match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    private static async Task<long> ContentionsAsync(RunningService service) =>
        long.Parse(await service.Client.GetStringAsync("/contentions"), CultureInfo.InvariantCulture);
}
