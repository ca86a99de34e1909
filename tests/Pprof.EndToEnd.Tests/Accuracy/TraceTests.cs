using System.Diagnostics;
using System.Net;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>A trace of work whose every step is known, as the real tool reads it.</summary>
[Measures]
[Collection(nameof(Workloads))]
public sealed class TraceTests(Workloads workloads)
{
    private const int MaxAttempts = 10;

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    [ToolFact(Tools.Linux, Tools.Go)]
    public Task AKnownScheduleIsFoundAgain() => FindScheduleAsync(Workloads.Jit, "", static async (trace, truth) =>
    {
        GoSchedule found = await GoSchedule.ReadAsync(trace, truth);
        found.FindException();
        return found.FindWork("generation 2, blocking: induced") ?? found.FindWaits();
    });

    /// <summary>The runtime there does not tell what is thrown, nor who ends a wait, nor why it collects.</summary>
    [ToolFact(Tools.Linux, Tools.Go, Tools.NativeCompiler)]
    public Task WorkAndCollectionsOfTheSameAreFoundInANativeAotProgram() => FindScheduleAsync(
        Workloads.Aot, "", static async (trace, truth) => (await GoSchedule.ReadAsync(trace, truth)).FindWork("generation 2"));

    [ToolFact(Tools.Linux)]
    public Task TheSameIsFoundInPerfettosFormat() => FindScheduleAsync(
        Workloads.Jit, "&format=perfetto", static (trace, truth) => Task.FromResult(new PerfettoSchedule(trace, truth).Find()));

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task AStarvedPoolShowsWorkThatNoThreadTakes()
    {
        (byte[] trace, IReadOnlyDictionary<string, long> truth, _) = await RecordAsync(await workloads.StartAsync(Workloads.Jit), "/starve", "seconds=3");
        using var tool = new GoToolTrace(trace);

        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        var created = events.Where(static traced => traced.Name == "GoCreate").ToDictionary(static traced => traced["g"], static traced => traced.Time);
        var started = events.Where(static traced => traced.Name == "GoStart").GroupBy(static traced => traced["g"]).ToDictionary(static group => group.Key, static group => group.First().Time);
        Assert.InRange(created.Count(pair => started.TryGetValue(pair.Key, out long start) && start - pair.Value > 100_000_000), truth["queued"] - 20, truth["queued"] + 20);

        IReadOnlyList<string> pages = await tool.PagesAsync("/goroutines");
        Assert.Contains(">Pprof.Workloads.Schedule.Starve.lambda</a>", pages[0]);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task OneTraceRunsAtATimeAndAClientThatHangsUpEndsIt()
    {
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        using var hangUp = new CancellationTokenSource();
        using HttpResponseMessage first = await workload.Client.GetAsync("/debug/pprof/trace?seconds=100", HttpCompletionOption.ResponseHeadersRead, hangUp.Token);

        using HttpResponseMessage second = await workload.Client.GetAsync("/debug/pprof/trace");
        Assert.Equal(HttpStatusCode.InternalServerError, second.StatusCode);
        Assert.Equal("Could not enable tracing: runtime error: tracing is already enabled\n", await second.Content.ReadAsStringAsync());
        Assert.NotEmpty(await workload.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=1"));

        await hangUp.CancelAsync();
        first.Dispose();
        byte[] third = await NextAsync(workload);

        using var tool = new GoToolTrace(third);
        await tool.ReadWholeAsync();
    }

    /// <summary>How long it takes is asked again: the machine may have had no processor for items of 5 ms, or for their threads.</summary>
    private async Task FindScheduleAsync(string runtime, string format, Func<byte[], IReadOnlyDictionary<string, long>, Task<string?>> find)
    {
        Workload workload = await workloads.StartAsync(runtime);

        // What runs for the first time has to be compiled first.
        await workload.AskAsync("/schedule");
        string? off = null;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            (byte[] trace, IReadOnlyDictionary<string, long> truth, TimeSpan took) = await RecordAsync(workload, "/schedule", Schedule.Query + format);
            off = took > Schedule.Longest ? $"the schedule took {took}" : await find(trace, truth);
            if (off is null)
            {
                return;
            }
        }

        Assert.Fail(off);
    }

    /// <summary>A trace, once that which was there before has ended.</summary>
    private static async Task<byte[]> NextAsync(Workload workload)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            using HttpResponseMessage answer = await workload.Client.GetAsync("/debug/pprof/trace?seconds=0.1");
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return await answer.Content.ReadAsByteArrayAsync();
            }

            string text = await answer.Content.ReadAsStringAsync();
            Assert.True(text.Contains("already enabled", StringComparison.Ordinal) && waited.Elapsed < s_hang, text);
            await Task.Delay(20);
        }
    }

    private static async Task<(byte[] Trace, IReadOnlyDictionary<string, long> Truth, TimeSpan Took)> RecordAsync(Workload workload, string work, string query)
    {
        using HttpResponseMessage response = await workload.Client.GetAsync($"/debug/pprof/trace?{query}", HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        long start = Stopwatch.GetTimestamp();
        IReadOnlyDictionary<string, long> truth = await workload.AskAsync(work);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        return (await response.Content.ReadAsByteArrayAsync(), truth, took);
    }
}
