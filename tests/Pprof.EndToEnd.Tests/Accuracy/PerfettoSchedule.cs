using System.Globalization;
using Pprof.Testing.Perfetto;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>The schedule in a trace of Perfetto's format.</summary>
internal sealed class PerfettoSchedule(byte[] trace, IReadOnlyDictionary<string, long> truth)
{
    private readonly PerfettoFile _file = new(trace);

    /// <summary>Finds all that is in it; returns which time is off, or null where none is.</summary>
    public string? Find()
    {
        FindException();
        return FindItems() ?? FindWaits() ?? FindChain() ?? FindRequest() ?? FindCollections();
    }

    private string? FindItems()
    {
        PerfettoEvent[] items = _file.Of("item");
        Assert.Equal(truth["items"], items.Length);
        Assert.Equal(truth["items"], items.Select(static item => item.Above).Distinct().Count());
        Assert.All(items, static item => Assert.Equal("work", item.Above?.Category));
        Assert.All(items, static item => Assert.Equal("queues work", Assert.Single(item.Above!.From).Name));
        Assert.All(items, item => Assert.EndsWith($" thread={_file.Tracks[item.Track].Thread.Tid}", item.Name));
        Assert.Equal(truth["threads"], items.Select(static item => item.Track).Distinct().Count());
        Assert.Contains(_file.ValuesOf("work in the queue"), value => value > truth["items"] / 2);

        // What an item times is a region of it.
        ILookup<PerfettoEvent?, PerfettoEvent> regions = _file.Of("region").Where(static region => region.Name == "item").ToLookup(static region => region.Above);
        (long, long)[] timed = [.. items.Select(item => (NumberIn(item), Assert.Single(regions[item.Above]).Duration))];

        // The end of an item is known where its thread takes another. Those that wait for the lock have spun before.
        var starts = _file.Of("work").GroupBy(static work => work.Track).ToDictionary(static group => group.Key, static group => group.Select(static work => work.Start).ToArray());
        HashSet<PerfettoEvent?> waited = [.. _file.Of("waited").Select(static wait => wait.Above)];
        (long, long)[] followed =
        [
            .. items.Where(item => !waited.Contains(item.Above) && starts[item.Track].Any(start => start - item.Above!.End is > 0 and < 10_000))
                .Select(static item => (NumberIn(item), item.Above!.Duration)),
        ];
        Assert.InRange(followed.Length, truth["items"] / 2, truth["items"]);
        return Schedule.Off("items", timed) ?? Schedule.OffAround("items", followed);
    }

    private string? FindWaits()
    {
        // Who had the lock ends each of the waits for it.
        PerfettoEvent[] waited = _file.Of("waited");
        PerfettoEvent[] blocked = [.. waited.Select(said => _file.Of("wait").Where(wait => wait.Name == "waits for a lock" && wait.Above == said.Above).MaxBy(static wait => wait.Duration)!)];
        Assert.Equal(truth["waiters"], blocked.Length);
        Assert.All(blocked, static wait => Assert.Equal("Pprof.Workloads.Schedule.RunLock.lambda", wait.Above?.Name));
        Assert.All(blocked, static wait => Assert.Equal("wakes", Assert.Single(wait.From).Name));
        Assert.All(blocked, static wait => Assert.Contains("Pprof.Workloads.Schedule.RunWaiter", wait.Stack));
        return waited.Zip(blocked).Select(static wait => Schedule.Off("waits", NumberIn(wait.First), wait.Second.Duration)).FirstOrDefault(static off => off is not null);
    }

    private string? FindChain()
    {
        HashSet<ulong> threads = [];
        string? off = null;
        foreach (string name in Schedule.Chain.Append(Schedule.Delay))
        {
            PerfettoEvent[] all = [.. _file.Of("async").Where(slice => slice.Name == name || slice.Name.EndsWith("." + name, StringComparison.Ordinal) || slice.Name == "suspends " + name)];
            PerfettoEvent whole = Assert.Single(all, slice => _file.Tracks[slice.Track].Thread is null);
            PerfettoEvent[] parts = [.. all.Where(slice => slice != whole)];
            off ??= Schedule.Off(name, truth[name], whole.Duration);
            if (name != Schedule.Delay)
            {
                threads.UnionWith(parts.Select(static part => part.Track));
                off ??= Schedule.Off(name + ", running", truth[name + ".runs"], parts.Sum(static part => part.Duration));
            }
        }

        Assert.Equal(Schedule.ChainThreads, threads.Count);
        return off;
    }

    private string? FindRequest()
    {
        PerfettoEvent request = Assert.Single(_file.Of("task"), static task => task.Name == "GET /schedule");
        PerfettoEvent made = Assert.Single(_file.Of("task"), static task => task.Name == "GET");
        PerfettoEvent schedule = Assert.Single(_file.Of("task"), static task => task.Name == "schedule");
        Assert.Equal([request.Numbers["task"], request.Numbers["task"]], [made.Numbers["parent"], schedule.Numbers["parent"]]);
        Assert.InRange(schedule.Duration, 1, request.Duration);
        PerfettoEvent region = Assert.Single(_file.Of("region"), region => region.Numbers.GetValueOrDefault("task") == made.Numbers["task"]);
        return Schedule.Off("request", truth["request"], made.Duration) ?? Schedule.Off("region", truth["request"], region.Duration);
    }

    private void FindException()
    {
        PerfettoEvent thrown = Assert.Single(_file.Of("exception"), static thrown => thrown.Name == Schedule.Thrown);
        Assert.Contains(Schedule.Throws, thrown.Stack);
    }

    private string? FindCollections()
    {
        PerfettoEvent region = Assert.Single(_file.Of("region"), static region => region.Name == "collect");
        PerfettoEvent[] within = [.. _file.Of("gc").Where(traced => traced.Start > region.Start && traced.End < region.End)];

        // The runtime stops threads for code that it exchanges, too.
        PerfettoEvent[] collections = [.. within.Where(static traced => traced.Name.StartsWith("collection ", StringComparison.Ordinal))];
        PerfettoEvent[] stops = [.. within.Where(stop => stop.Name == "all threads are stopped" && collections.Any(traced => stop.Start < traced.Start && traced.End < stop.End))];
        Assert.Equal(truth["collections"], collections.Length);
        if (truth["collections"] != stops.Length)
            return "not every collection is in a stop: " + string.Join(", ", within.Select(traced => $"{traced.Start - region.Start} to {traced.End - region.Start} {traced.Name}"));

        Assert.All(collections, static traced => Assert.Contains("generation 2, blocking: induced", traced.Name));

        Assert.All(_file.ValuesOf("heap"), static bytes => Assert.True(bytes > 0));
        long[] allocated = _file.ValuesOf("allocated");
        Assert.Equal(allocated.Order(), allocated);
        Assert.InRange(allocated[^1] - allocated[0], truth["allocated"] * 0.95, double.MaxValue);

        // The runtime does not count the time in which threads go on.
        PerfettoEvent[] restarts = [.. within.Where(traced => traced.Name == "restart" && stops.Contains(traced.Above))];
        Assert.Equal(stops.Length, restarts.Length);
        return Schedule.Off("pauses", truth["paused"], stops.Sum(static stop => stop.Duration) - restarts.Sum(static restart => restart.Duration));
    }

    private static long NumberIn(PerfettoEvent said) => long.Parse(said.Name.Split(' ')[0], CultureInfo.InvariantCulture);
}
