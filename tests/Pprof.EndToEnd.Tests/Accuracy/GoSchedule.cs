using System.Text.Json;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>The schedule in a trace of Go's format, as the real tool reads it.</summary>
internal sealed class GoSchedule
{
    private readonly IReadOnlyDictionary<string, long> _truth;
    private readonly IReadOnlyList<GoToolTraceEvent> _events;
    private readonly IReadOnlyDictionary<ulong, GoToolGoroutine> _goroutines;
    private readonly GoToolTimeline _timeline;
    private readonly IReadOnlyList<string> _pages;

    private GoSchedule(
        IReadOnlyDictionary<string, long> truth, IReadOnlyList<GoToolTraceEvent> events, GoToolTimeline timeline, IReadOnlyList<string> pages) =>
        (_truth, _events, _goroutines, _timeline, _pages) = (truth, events, GoToolGoroutine.Read(events), timeline, pages);

    public static async Task<GoSchedule> ReadAsync(byte[] trace, IReadOnlyDictionary<string, long> truth)
    {
        using var tool = new GoToolTrace(trace);
        return new GoSchedule(truth, await tool.EventsAsync(), await tool.ReadWholeAsync(), await tool.PagesAsync("/goroutines", "/usertasks"));
    }

    /// <summary>Finds what every runtime tells of; returns which time is off, or null where none is.</summary>
    public string? FindWork(string collection) => FindItems() ?? FindChain() ?? FindRequest() ?? FindCollections(collection);

    /// <summary>Finds the waits for the lock; the same.</summary>
    public string? FindWaits()
    {
        Assert.Contains($">Pprof.Workloads.Schedule.RunLock.lambda</a> N={_truth["waiters"]}", _pages[0]);
        GoToolTraceEvent[] waits = Logs("waited");
        Assert.Equal(_truth["waiters"], waits.Length);
        return waits.Select(wait => Schedule.Off("waits", wait["message"], _goroutines[wait.Goroutine].Blocked("GoBlockSync").Max())).FirstOrDefault(static off => off is not null);
    }

    /// <summary>Finds what was thrown, and by whom.</summary>
    public void FindException()
    {
        JsonElement thrown = Assert.Single(_timeline.Events, static traced => GoToolTimeline.NameOf(traced) == $"exception={Schedule.Thrown}");
        Assert.Contains(_timeline.StackOf(thrown), static frame => frame.StartsWith(Schedule.Throws + ":", StringComparison.Ordinal));
    }

    private string? FindItems()
    {
        GoToolTraceEvent[] logs = Logs("item");
        GoToolGoroutine[] items = [.. logs.Select(log => _goroutines[log.Goroutine])];
        Assert.Equal(_truth["items"], logs.Length);
        Assert.Equal(_truth["items"], items.Distinct().Count());
        Assert.All(logs.Zip(items), static item => Assert.Equal([item.First["thread"]], item.Second.Runs.Select(static run => run.Thread).Distinct()));
        Assert.Equal(_truth["threads"], items.SelectMany(static item => item.Runs).Select(static run => run.Thread).Distinct().Count());
        Assert.InRange(MostAtOnce(items), 1, 4);
        Assert.Contains("queued by Pprof.Workloads.Schedule.RunItems", _pages[0]);

        // What an item times is a region of it.
        ILookup<ulong, GoToolTraceEvent> regions = _events.Where(static traced => traced.Name == "UserRegion" && traced.Rest.EndsWith("name=item", StringComparison.Ordinal)).ToLookup(static traced => traced.Goroutine);
        Assert.All(items, item => Assert.Equal([0, 1], regions[item.Id].Select(static traced => traced["mode"])));
        (long, long)[] timed = [.. logs.Zip(items, (log, item) => (log["message"], regions[item.Id].Last().Time - regions[item.Id].First().Time))];

        // The end of an item is known where its thread takes another. Those that wait for the lock have spun before.
        HashSet<ulong> waited = [.. Logs("waited").Select(static wait => wait.Goroutine)];
        (long, long)[] followed =
            [.. logs.Zip(items).Where(item => item.Second.IsFollowed && !waited.Contains(item.Second.Id)).Select(static item => (item.First["message"], item.Second.Running))];
        Assert.InRange(followed.Length, _truth["items"] / 2, _truth["items"]);
        return Schedule.Off("items", timed) ?? Schedule.OffAround("items", followed);
    }

    private string? FindChain()
    {
        HashSet<long> threads = [];
        string? off = null;
        foreach (string name in Schedule.Chain.Append(Schedule.Delay))
        {
            GoToolGoroutine method = Assert.Single(_goroutines.Values, goroutine => _timeline.NameOf(goroutine.Id) is var full && (full == name || full.EndsWith("." + name, StringComparison.Ordinal)));
            Assert.NotNull(method.Ended);
            off ??= Schedule.Off(name, _truth[name], method.Ended.Value - method.Created);
            if (name != Schedule.Delay)
            {
                threads.UnionWith([method.CreatedOn, .. method.Runs.Select(static run => run.Thread)]);
                off ??= Schedule.Off(name + ", running", _truth[name + ".runs"], method.Running);
            }
        }

        Assert.Equal(Schedule.ChainThreads, threads.Count);
        return off;
    }

    private string? FindRequest()
    {
        Assert.Contains("GET /schedule", _pages[1]);
        GoToolTraceEvent request = Assert.Single(_events, static traced => traced.Name == "UserTaskCreate" && traced.Rest.EndsWith("name=GET /schedule", StringComparison.Ordinal));
        GoToolTraceEvent made = Assert.Single(_events, static traced => traced.Name == "UserTaskCreate" && traced.Rest.EndsWith("name=GET", StringComparison.Ordinal));
        GoToolTraceEvent schedule = Assert.Single(_events, static traced => traced.Name == "UserTaskCreate" && traced.Rest.EndsWith("name=schedule", StringComparison.Ordinal));
        Assert.Equal([request["taskid"], request["taskid"]], [made["pid"], schedule["pid"]]);

        GoToolTraceEvent[] region = [.. _events.Where(traced => traced.Name == "UserRegion" && traced["taskid"] == made["taskid"])];
        Assert.Equal([0, 1], region.Select(static traced => traced["mode"]));
        Assert.Single(region.Select(static traced => traced.Goroutine).Distinct());
        return Schedule.Off("request", _truth["request"], region[1].Time - region[0].Time);
    }

    private string? FindCollections(string kind)
    {
        GoToolTraceEvent[] region = [.. _events.Where(static traced => traced.Name == "UserRegion" && traced.Rest.EndsWith("name=collect", StringComparison.Ordinal))];
        Assert.Equal([0, 1], region.Select(static traced => traced["mode"]));
        GoToolTraceEvent[] within = [.. _events.Where(traced => traced.Time > region[0].Time && traced.Time < region[1].Time)];

        Assert.Equal(_truth["collections"], within.Count(static traced => traced.Name == "GCStart"));
        Assert.Equal(_truth["collections"], within.Count(traced => traced.Name == "UserLog" && traced.Rest.Contains("category=gc message=collection ", StringComparison.Ordinal) && traced.Rest.Contains(kind, StringComparison.Ordinal)));
        Assert.Contains(_events, static traced => traced.Name == "HeapAlloc");

        // Each has three phases, and the runtime does not count the last of them, in which threads go on.
        GoToolTraceEvent[] stops = [.. within.Where(static traced => traced.Name == "GCSTWStart")];
        if (stops.Length > 3 * _truth["collections"])
            return "the runtime stopped threads for something else meanwhile";

        Assert.Equal(Enumerable.Repeat(new long[] { 1, 0, 1 }, (int)_truth["collections"]).SelectMany(static kinds => kinds), stops.Select(static stop => stop["kindid"]));
        return Schedule.Off("pauses", _truth["paused"], stops.Chunk(3).Sum(static phases => phases[2].Time - phases[0].Time));
    }

    private static int MostAtOnce(IEnumerable<GoToolGoroutine> goroutines)
    {
        (int now, int most) = (0, 0);
        foreach ((long _, int change) in goroutines
            .SelectMany(static goroutine => new[] { (Time: goroutine.Runs[0].Start, Change: 1), (Time: goroutine.Runs[^1].End, Change: -1) })
            .OrderBy(static change => change.Time))
        {
            now += change;
            most = Math.Max(most, now);
        }

        return most;
    }

    private GoToolTraceEvent[] Logs(string category) =>
        [.. _events.Where(traced => traced.Name == "UserLog" && traced.Rest.Contains($"category={category} ", StringComparison.Ordinal))];
}
