using System.Diagnostics;
using System.Globalization;
using System.Net;
using Pprof.Testing;
using Pprof.Testing.Perfetto;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>A trace of work whose every step is known, as the real tool reads it.</summary>
[Collection(nameof(Workloads))]
public sealed class TraceTests(Workloads workloads)
{
    private const int MaxAttempts = 3;

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    /// <summary>How long it takes is asked again: the machine may have had no processor for items of 5 ms, or for their threads.</summary>
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task AKnownScheduleIsFoundAgain()
    {
        string? off = await FindScheduleAsync();
        for (int attempts = 1; off is not null && attempts < MaxAttempts; attempts++)
        {
            off = await FindScheduleAsync();
        }

        Assert.Null(off);
    }

    [ToolFact(Tools.Linux)]
    public async Task TheSameIsFoundInPerfettosFormat()
    {
        string? off = await FindScheduleInPerfettoAsync();
        for (int attempts = 1; off is not null && attempts < MaxAttempts; attempts++)
        {
            off = await FindScheduleInPerfettoAsync();
        }

        Assert.Null(off);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task AStarvedPoolShowsWorkThatNoThreadTakes()
    {
        (GoToolTrace tool, IReadOnlyDictionary<string, long> truth) = await TraceAsync("/starve", seconds: 3);
        using GoToolTrace _ = tool;

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

    /// <summary>Finds all that is in it; returns which time is off, or null where none is.</summary>
    private async Task<string?> FindScheduleAsync()
    {
        (GoToolTrace tool, IReadOnlyDictionary<string, long> truth) = await TraceAsync("/schedule", seconds: 4);
        using GoToolTrace _ = tool;

        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        GoToolTraceEvent[] items = [.. events.Where(static traced => traced.Name == "UserLog" && traced.Rest.Contains("category=item", StringComparison.Ordinal))];
        Assert.Equal(truth["items"], items.Select(static item => item.Goroutine).Distinct().Count());
        Assert.Equal(truth["collections"], events.Count(traced => traced.Name == "UserLog" && traced.Rest.Contains("induced", StringComparison.Ordinal)));
        Assert.Equal(2 * truth["steps"], events.Count(traced => traced.Name == "UserRegion" && traced.Rest.Contains("name=step", StringComparison.Ordinal)));

        IReadOnlyList<string> pages = await tool.PagesAsync("/goroutines", "/usertasks");
        Assert.Contains($">Pprof.Workloads.Schedule.RunLock.lambda</a> N={truth["waiters"]}", pages[0]);
        Assert.Contains("queued by Pprof.Workloads.Schedule.RunItems", pages[0]);
        Assert.Contains("GET /schedule", pages[1]);
        Assert.Contains("schedule", pages[1]);
        await tool.ReadWholeAsync();

        // The end of an item is known where its thread takes another.
        GoToolTraceEvent[] followed = [.. items.Where(item => IsFollowed(events, item.Goroutine))];
        Assert.InRange(followed.Length, truth["items"] / 2, truth["items"]);
        GoToolTraceEvent[] blocked = [.. events.Where(traced => traced.Name == "GoBlockSync")
            .Where(traced => Resumed(events, traced) - traced.Time > 50_000_000)];
        Assert.Equal(truth["waiters"], blocked.Length);
        return Off("items", followed.Sum(static item => item["message"]), followed.Sum(item => Duration(events, item.Goroutine)))
            ?? Off("waits", truth["waited"], blocked.Sum(traced => Resumed(events, traced) - traced.Time));
    }

    /// <summary>The same in Perfetto's format.</summary>
    private async Task<string?> FindScheduleInPerfettoAsync()
    {
        (byte[] bytes, IReadOnlyDictionary<string, long> truth) = await RecordAsync("/schedule", "seconds=4&format=perfetto");
        var file = new PerfettoFile(bytes);

        PerfettoEvent[] items = file.Of("item");
        Assert.Equal(truth["items"], items.Select(static item => item.Above).Distinct().Count());
        Assert.All(items, static item => Assert.Equal("work", item.Above?.Category));
        Assert.All(items, static item => Assert.Equal("queues work", Assert.Single(item.Above!.From).Name));
        Assert.Equal(truth["steps"], file.Of("region").Count(static region => region.Name == "step"));

        PerfettoEvent request = Assert.Single(file.Of("task"), static task => task.Name == "GET /schedule");
        PerfettoEvent schedule = Assert.Single(file.Of("task"), static task => task.Name == "schedule");
        Assert.Equal(request.Numbers["task"], schedule.Numbers["parent"]);
        Assert.InRange(schedule.Duration, 1, request.Duration);

        // The profile of the heap collects, too, when the process has begun: before.
        Assert.Equal(truth["collections"], file.Of("gc").Count(traced =>
            traced.Name.Contains("induced", StringComparison.Ordinal) && traced.Start > schedule.Start && traced.End < schedule.End));

        // Who had the lock ends each of the waits for it.
        PerfettoEvent[] blocked = [.. file.Of("wait").Where(static wait => wait.Name == "waits for a lock" && wait.Duration > 50_000_000)];
        Assert.Equal(truth["waiters"], blocked.Length);
        Assert.All(blocked, static wait => Assert.Equal("Pprof.Workloads.Schedule.RunLock.lambda", wait.Above?.Name));
        Assert.All(blocked, static wait => Assert.Equal("wakes", Assert.Single(wait.From).Name));
        Assert.All(blocked, static wait => Assert.Contains("Pprof.Workloads.Schedule.RunWaiter", wait.Stack));
        Assert.Contains(file.ValuesOf("work in the queue"), value => value > truth["items"] / 2);
        Assert.All(file.ValuesOf("heap"), static bytes => Assert.True(bytes > 0));

        // The end of an item is known where its thread takes another.
        var starts = file.Of("work").GroupBy(static work => work.Track).ToDictionary(static group => group.Key, static group => group.Select(static work => work.Start).ToArray());
        PerfettoEvent[] followed = [.. items.Where(item => starts[item.Track].Any(start => start - item.Above!.End is > 0 and < 10_000))];
        Assert.InRange(followed.Length, truth["items"] / 2, truth["items"]);
        return Off("items", followed.Sum(static item => long.Parse(item.Name, CultureInfo.InvariantCulture)), followed.Sum(static item => item.Above!.Duration))
            ?? Off("waits", truth["waited"], blocked.Sum(static wait => wait.Duration));
    }

    private static string? Off(string what, long truth, long traced) =>
        Math.Abs(traced - truth) <= truth * 0.05 ? null : $"{what}: {traced / 1e6:F1} ms instead of {truth / 1e6:F1}";

    private static long Duration(IReadOnlyList<GoToolTraceEvent> events, ulong goroutine) =>
        events.First(traced => traced.Name == "GoEnd" && traced.Goroutine == goroutine).Time
        - events.First(traced => traced.Name == "GoStart" && traced.Goroutine == goroutine).Time;

    private static bool IsFollowed(IReadOnlyList<GoToolTraceEvent> events, ulong goroutine)
    {
        GoToolTraceEvent end = events.First(traced => traced.Name == "GoEnd" && traced.Goroutine == goroutine);
        return events.First(traced => traced.Time > end.Time && traced.Processor == end.Processor && traced.Name is "GoStart" or "ProcStop").Name == "GoStart";
    }

    private static long Resumed(IReadOnlyList<GoToolTraceEvent> events, GoToolTraceEvent blocked) =>
        events.First(traced => traced.Name == "GoStart" && traced.Time > blocked.Time && traced["g"] == (long)blocked.Goroutine).Time;

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

    private async Task<(GoToolTrace Tool, IReadOnlyDictionary<string, long> Truth)> TraceAsync(string work, double seconds)
    {
        (byte[] bytes, IReadOnlyDictionary<string, long> truth) = await RecordAsync(work, string.Create(CultureInfo.InvariantCulture, $"seconds={seconds}"));
        return (new GoToolTrace(bytes), truth);
    }

    private async Task<(byte[] Bytes, IReadOnlyDictionary<string, long> Truth)> RecordAsync(string work, string query)
    {
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        using HttpResponseMessage response = await workload.Client.GetAsync($"/debug/pprof/trace?{query}", HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        IReadOnlyDictionary<string, long> truth = await workload.AskAsync(work);
        return (await response.Content.ReadAsByteArrayAsync(), truth);
    }
}
