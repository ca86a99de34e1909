using Pprof.Encoding.Trace;
using Pprof.Profiles;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Trace;

/// <summary>What is written of a trace, as the real tool reads it.</summary>
public sealed class GoTraceTests
{
    private const long Start = 1_000_000_000;
    private const int Millisecond = 1_000_000;

    private static readonly nuint[] s_queueing = [0x10002];
    private static readonly nuint[] s_waiting = [0x10004, 0x10006];

    private readonly MemoryStream _bytes = new();
    private readonly GoTrace _trace;

    public GoTraceTests() => _trace = new GoTrace(Start, piece => _bytes.Write(piece.Span), new NumberedFunctions());

    public static TheoryData<Disorder, int> Stories
    {
        get
        {
            var stories = new TheoryData<Disorder, int>();
            foreach (Disorder disorder in Enum.GetValues<Disorder>())
            {
                for (int seed = 1; seed <= 8; seed++)
                {
                    stories.Add(disorder, seed);
                }
            }

            return stories;
        }
    }

    [ToolTheory(Tools.Go)]
    [MemberData(nameof(Stories))]
    public async Task WhateverIsToldTheToolReadsIt(Disorder disorder, int seed)
    {
        using var tool = new GoToolTrace(new RandomTrace(seed, disorder).Make(seed * 250));

        Assert.NotEmpty(await tool.EventsAsync());
        Assert.NotEmpty((await tool.ReadWholeAsync()).Events);
    }

    [ToolFact(Tools.Go)]
    public async Task ATraceOfNothingIsRead()
    {
        using GoToolTrace tool = Complete(Start + 1);

        await tool.ReadWholeAsync();
    }

    [ToolFact(Tools.Go)]
    public async Task WorkIsCreatedWhereItIsQueuedAndRunsOnTheThreadThatTakesIt()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.Queue(Start + (2 * Millisecond), 11, 2, 0, s_queueing);
        _trace.Run(Start + (5 * Millisecond), 12, 2, 0);
        _trace.Wait(Start + (6 * Millisecond), 12, TraceWait.Lock, s_waiting);
        _trace.Resume(Start + (8 * Millisecond), 12, 11);
        _trace.End(Start + (9 * Millisecond), 12);
        _trace.End(Start + (10 * Millisecond), 11);
        using GoToolTrace tool = Complete(Start + (11 * Millisecond));

        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        long second = events.Where(traced => traced.Name == "GoCreate").Select(traced => traced["g"]).ElementAt(1);
        Assert.Equal(
            ["GoCreate", "GoStart", "GoBlockSync", "GoUnblock", "GoStart", "GoEnd"],
            events.Where(traced => traced.Goroutine == (ulong)second || (traced.Rest.Contains(" g=", StringComparison.Ordinal) && traced["g"] == second))
                .Select(traced => traced.Name));
        Assert.Equal(3 * Millisecond, Time("GoStart", 0) - Time("GoCreate", 0), 100.0);
        Assert.Equal(2 * Millisecond, Time("GoStart", 1) - Time("GoBlockSync", 0), 100.0);
        // The lock's holder is who woke it.
        Assert.Equal(Of("GoCreate", 0).Processor, Of("GoUnblock", 0).Processor);

        long Time(string name, int index) => Of(name, index).Time;
        GoToolTraceEvent Of(string name, int index) => events.Where(traced => traced.Name == name
            && (traced.Goroutine == (ulong)second || (traced.Rest.Contains(" g=", StringComparison.Ordinal) && traced["g"] == second))).ElementAt(index);
    }

    [ToolFact(Tools.Go)]
    public async Task SamplesLieWithinTheWorkThatRunsAndNameIt()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.Sample(Start + (2 * Millisecond), 11, s_queueing, waits: false);
        _trace.End(Start + (3 * Millisecond), 11);
        _trace.Sample(Start + (5 * Millisecond), 12, s_waiting, waits: false);
        using GoToolTrace tool = Complete(Start + (9 * Millisecond));

        GoToolTraceEvent[] samples = [.. (await tool.EventsAsync()).Where(static traced => traced.Name == "CPUSample")];
        Assert.Equal([2 * Millisecond, 5 * Millisecond], samples.Select(static sample => (int)Math.Round(sample.Time / (double)Millisecond) * Millisecond));
        Assert.Equal(2, samples.Select(static sample => sample.Goroutine).Distinct().Count());
        IReadOnlyList<string> pages = await tool.PagesAsync("/goroutines", "/jsontrace");
        Assert.Contains("Shop.F10002</a> N=1", pages[0]);
        Assert.Contains("CPU profile sample", pages[1]);
    }

    [ToolFact(Tools.Go)]
    public async Task ASampleEndsNoWait()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.Wait(Start + (2 * Millisecond), 11, TraceWait.Lock, s_waiting);
        _trace.Sample(Start + (3 * Millisecond), 11, s_waiting, waits: true);
        _trace.Resume(Start + (8 * Millisecond), 11, 0);
        _trace.End(Start + (9 * Millisecond), 11);
        using GoToolTrace tool = Complete(Start + (9 * Millisecond));

        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.DoesNotContain(events, static traced => traced.Name == "CPUSample");
        Assert.Equal(6 * Millisecond, Time("GoUnblock") - Time("GoBlockSync"), 100.0);

        long Time(string name) => Assert.Single(events, traced => traced.Name == name).Time;
    }

    [ToolFact(Tools.Go)]
    public async Task AnAsynchronousMethodIsOneGoroutineUntilItEnds()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.BeginOperation(Start + (2 * Millisecond), 11, 2, 5, "PlaceAsync", s_queueing);
        _trace.End(Start + (3 * Millisecond), 11);
        _trace.Run(Start + (5 * Millisecond), 12, 3, 0);
        _trace.EnterOperation(Start + (6 * Millisecond), 12, 2);
        _trace.LeaveOperation(Start + (7 * Millisecond), 12);
        _trace.Run(Start + (9 * Millisecond), 11, 4, 0);
        _trace.EnterOperation(Start + (10 * Millisecond), 11, 2);
        _trace.EndOperation(Start + (12 * Millisecond), 11, 2);
        _trace.LeaveOperation(Start + (12 * Millisecond) + 1, 11);
        _trace.End(Start + (13 * Millisecond), 11);
        using GoToolTrace tool = Complete(Start + (14 * Millisecond));

        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        long method = events.Where(traced => traced.Name == "GoCreate").Select(traced => traced["g"]).ElementAt(1);
        GoToolTraceEvent[] own =
            [.. events.Where(traced => traced.Goroutine == (ulong)method || (traced.Rest.Contains(" g=", StringComparison.Ordinal) && traced["g"] == method))];
        Assert.Equal(
            ["GoCreate", "GoStart", "GoBlock", "GoUnblock", "GoStart", "GoBlock", "GoUnblock", "GoStart", "GoEnd"],
            own.Select(static traced => traced.Name));
        Assert.Equal(1 * Millisecond, own[5].Time - own[4].Time, 100.0);
        Assert.Equal(2 * Millisecond, own[8].Time - own[7].Time, 100.0);
        Assert.Contains("Shop.F10002</a> N=1", Assert.Single(await tool.PagesAsync("/goroutines")));
    }

    /// <summary>A thread goes on with what awaited a method before it has left the method.</summary>
    [ToolFact(Tools.Go)]
    public async Task WhatGoesOnAfterAMethodIsNotPartOfIt()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.BeginOperation(Start + (2 * Millisecond), 11, 2, 0, "InnerAsync", []);
        _trace.BeginOperation(Start + (2 * Millisecond) + 1, 11, 3, 0, "OuterAsync", []);
        _trace.End(Start + (3 * Millisecond), 11);
        _trace.Run(Start + (5 * Millisecond), 12, 4, 0);
        _trace.EnterOperation(Start + (6 * Millisecond), 12, 2);
        _trace.EndOperation(Start + (7 * Millisecond), 12, 2);
        _trace.EnterOperation(Start + (8 * Millisecond), 12, 3);
        _trace.EndOperation(Start + (10 * Millisecond), 12, 3);
        _trace.LeaveOperation(Start + (11 * Millisecond), 12);
        _trace.LeaveOperation(Start + (12 * Millisecond), 12);
        _trace.End(Start + (13 * Millisecond), 12);
        using GoToolTrace tool = Complete(Start + (14 * Millisecond));

        GoToolTimeline timeline = await tool.ReadWholeAsync();
        IReadOnlyDictionary<ulong, GoToolGoroutine> goroutines = GoToolGoroutine.Read(await tool.EventsAsync());
        GoToolGoroutine inner = Named("InnerAsync");
        GoToolGoroutine outer = Named("OuterAsync");
        Assert.Equal(5 * Millisecond, inner.Ended!.Value - inner.Created, 100.0);
        Assert.Equal(8 * Millisecond, outer.Ended!.Value - outer.Created, 100.0);
        Assert.Equal((1 * Millisecond, 2 * Millisecond), ((inner.Running + 100) / Millisecond * Millisecond, (outer.Running + 100) / Millisecond * Millisecond));

        // The work around both has what is left.
        GoToolGoroutine around = Assert.Single(goroutines.Values, static goroutine => goroutine.Runs.Any(static run => run.Thread == 12) && goroutine.Runs.Count > 2);
        Assert.Equal(5 * Millisecond, around.Running, 100.0);

        GoToolGoroutine Named(string name) => Assert.Single(goroutines.Values, goroutine => timeline.NameOf(goroutine.Id) == name);
    }

    [ToolFact(Tools.Go)]
    public async Task WorkThatIsQueuedAgainWithoutAStackWasQueuedByTheSame()
    {
        _trace.Queue(Start + 1, 11, 1, 77, s_queueing);
        _trace.Queue(Start + 2, 11, 2, 77, []);
        _trace.Run(Start + Millisecond, 12, 1, 77);
        _trace.Run(Start + (2 * Millisecond), 12, 2, 77);
        using GoToolTrace tool = Complete(Start + (5 * Millisecond));

        Assert.Contains("queued by Shop.F10002</a> N=2", Assert.Single(await tool.PagesAsync("/goroutines")));
    }

    [ToolFact(Tools.Go)]
    public async Task WorkIsNamedByTheStackThatItHad()
    {
        _trace.Queue(Start + 1, 11, 1, 77, s_queueing);
        _trace.Queue(Start + 2, 11, 2, 0, s_queueing);
        _trace.Run(Start + Millisecond, 12, 1, 77);
        _trace.Wait(Start + (2 * Millisecond), 12, TraceWait.Handle, s_waiting);
        _trace.Resume(Start + (3 * Millisecond), 12, 0);
        _trace.Queue(Start + (3 * Millisecond) + 1, 12, 3, 77, s_queueing);
        _trace.Run(Start + (4 * Millisecond), 12, 2, 0);
        _trace.Run(Start + (4 * Millisecond) + 1, 12, 3, 77);
        using GoToolTrace tool = Complete(Start + (5 * Millisecond));

        string page = Assert.Single(await tool.PagesAsync("/goroutines"));
        // Twice: what is of the same kind has the same name.
        Assert.Matches(@"Shop\.F10006</a> N=2", page);
        Assert.Contains("queued by Shop.F10002", page);
    }

    [ToolFact(Tools.Go)]
    public async Task TasksHaveTheNameThatTheyEndWith()
    {
        _trace.Run(Start + 1, 11, 1, 0);
        _trace.BeginTask(Start + 2, 11, 5, 0, "HttpRequestIn");
        _trace.BeginRegion(Start + 3, 11, 5, "HttpRequestIn");
        _trace.EndRegion(Start + (3 * Millisecond), 11, 5, "HttpRequestIn");
        _trace.EndTask(Start + (3 * Millisecond), 11, 5, "GET /products/{id}");
        using GoToolTrace tool = Complete(Start + (5 * Millisecond));

        string page = Assert.Single(await tool.PagesAsync("/usertasks"));
        Assert.Contains("GET /products/{id}", System.Net.WebUtility.HtmlDecode(page));
    }

    [ToolFact(Tools.Go)]
    public async Task WhatIsUnderWayAtTheEndIsClosed()
    {
        _trace.Run(Start + 1, 11, 1, 0);
        _trace.BeginStop(Start + 2, 11);
        _trace.BeginCollection(Start + 3, 11);
        _trace.SetHeapSize(Start + 4, 1000);
        _trace.BeginTask(Start + 5, 11, 1, 0, "endless");
        _trace.BeginRegion(Start + 6, 11, 1, "endless");
        using GoToolTrace tool = Complete(Start + Millisecond);

        GoToolTimeline timeline = await tool.ReadWholeAsync();
        Assert.Contains(timeline.Events, static traced => GoToolTimeline.NameOf(traced).StartsWith("GC", StringComparison.Ordinal));
        Assert.Contains(timeline.Events, static traced => GoToolTimeline.NameOf(traced).StartsWith("STW", StringComparison.Ordinal));
    }

    /// <summary>The tool has two names for a stop: one is of its beginning and its end, the other of the time in between.</summary>
    [ToolFact(Tools.Go)]
    public async Task AStopHasThreePhases()
    {
        _trace.BeginRestart(Start + 1, 11);
        _trace.BeginStop(Start + (1 * Millisecond), 11);
        _trace.HaveStopped(Start + (2 * Millisecond), 11);
        _trace.BeginCollection(Start + (2 * Millisecond) + 1, 11);
        _trace.EndCollection(Start + (5 * Millisecond) - 1, 11);
        _trace.BeginRestart(Start + (5 * Millisecond), 11);
        _trace.EndStop(Start + (6 * Millisecond), 11);
        _trace.BeginStop(Start + (7 * Millisecond), 11);
        _trace.EndStop(Start + (8 * Millisecond), 11);
        _trace.BeginStop(Start + (8 * Millisecond), 12);
        _trace.EndStop(Start + (9 * Millisecond), 12);
        _trace.HaveStopped(Start + (9 * Millisecond), 11);
        using GoToolTrace tool = Complete(Start + (10 * Millisecond));

        await tool.ReadWholeAsync();
        GoToolTraceEvent[] stops = [.. (await tool.EventsAsync()).Where(static traced => traced.Name is "GCSTWStart" or "GCSTWDone")];
        long[] times = [.. stops.Select(traced => (traced.Time - stops[0].Time + 100) / Millisecond)];
        Assert.Equal([0, 1, 1, 4, 4, 5, 6, 7, 7, 8], times);
        Assert.Equal([1, 0, 1, 1, 1], stops.Where(static traced => traced.Name == "GCSTWStart").Select(static traced => traced["kindid"]));
    }

    [ToolFact(Tools.Go)]
    public async Task AThreadThatIsNotSeenAnyMoreDoesNotRun()
    {
        _trace.NameThread(11, "Stock clerk 1");
        _trace.Queue(Start + Millisecond, 11, 1, 0, s_queueing);
        _trace.Queue(Start + (100 * Millisecond), 11, 2, 0, s_queueing);
        using GoToolTrace tool = Complete(Start + (200 * Millisecond));

        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.Equal(2, events.Count(traced => traced.Name == "GoBlock"));
        Assert.Contains("Stock clerk 1", Assert.Single(await tool.PagesAsync("/goroutines")));
    }

    [ToolFact(Tools.Go)]
    public async Task AThreadThatEndsIsNotTakenForTheNextOfItsId()
    {
        _trace.NameThread(11, "first");
        _trace.Queue(Start + Millisecond, 11, 1, 0, s_queueing);
        _trace.EndThread(Start + (10 * Millisecond), 11);
        _trace.NameThread(11, "second");
        _trace.Queue(Start + (20 * Millisecond), 11, 2, 0, s_queueing);
        using GoToolTrace tool = Complete(Start + (30 * Millisecond));

        Assert.Single(await tool.EventsAsync(), static traced => traced.Name == "GoEnd");
        string page = Assert.Single(await tool.PagesAsync("/goroutines"));
        Assert.Contains("first", page);
        Assert.Contains("second", page);
    }

    [ToolFact(Tools.Go)]
    public async Task WorkThatDoesSomethingWaitsNoMore()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.Wait(Start + (2 * Millisecond), 11, TraceWait.Lock, s_waiting);
        _trace.Log(Start + (4 * Millisecond), 11, 0, "test", "message", []);
        _trace.End(Start + (5 * Millisecond), 11);
        using GoToolTrace tool = Complete(Start + (6 * Millisecond));

        GoToolTraceEvent[] events = [.. (await tool.EventsAsync()).Where(static traced => traced.Name is "GoBlockSync" or "GoStart" or "UserLog" or "GoEnd")];
        Assert.Equal(["GoStart", "GoBlockSync", "GoStart", "UserLog", "GoEnd"], events.Select(static traced => traced.Name));
        Assert.Equal(2 * Millisecond, events[2].Time - events[1].Time, 100.0);
    }

    /// <summary>Each end ends that which it is of, though others of the same name are inside or around it.</summary>
    [ToolFact(Tools.Go)]
    public async Task ARegionEndsWithItsOwnOperation()
    {
        _trace.Run(Start + 1, 11, 1, 0);
        _trace.BeginTask(Start + 2, 11, 5, 0, "five");
        _trace.BeginTask(Start + 3, 11, 6, 0, "six");
        _trace.BeginRegion(Start + Millisecond, 11, 5, "call");
        _trace.BeginRegion(Start + (2 * Millisecond), 11, 6, "call");
        _trace.EndRegion(Start + (3 * Millisecond), 11, 7, "call");
        _trace.EndRegion(Start + (4 * Millisecond), 11, 6, "call");
        _trace.EndRegion(Start + (5 * Millisecond), 11, 5, "call");
        using GoToolTrace tool = Complete(Start + (6 * Millisecond));

        Assert.Equal([1, 2, 4, 5], await RegionsAsync(tool));
    }

    [ToolFact(Tools.Go)]
    public async Task RegionsThatAreTooManyEndNoOthers()
    {
        _trace.Run(Start + 1, 11, 1, 0);
        for (int i = 0; i < 70; i++)
        {
            _trace.BeginRegion(Start + Millisecond + i, 11, 0, "deep");
        }

        for (int i = 0; i < 70; i++)
        {
            _trace.EndRegion(Start + ((i < 6 ? 2 : 3) * Millisecond) + i, 11, 0, "deep");
        }

        using GoToolTrace tool = Complete(Start + (4 * Millisecond));

        Assert.Equal([.. Enumerable.Repeat(1L, 64), .. Enumerable.Repeat(3L, 64)], await RegionsAsync(tool));
        Assert.Contains(await tool.EventsAsync(), static traced => traced.Name == "UserLog" && traced.Rest.Contains(" 6 regions", StringComparison.Ordinal));
    }

    /// <summary>An activity that ends on another thread leaves its region behind where it began.</summary>
    [ToolFact(Tools.Go)]
    public async Task RegionsOfOperationsThatEndedElsewhereTakeNoRoom()
    {
        for (int i = 1; i <= 100; i++)
        {
            _trace.BeginTask(Start + (i * Millisecond), 11, i, 0, "call");
            _trace.BeginRegion(Start + (i * Millisecond) + 1, 11, i, "call");
            _trace.EndTask(Start + (i * Millisecond) + 2, 12, i, null);
        }

        using GoToolTrace tool = Complete(Start + (200 * Millisecond));

        Assert.Equal(100, (await tool.EventsAsync()).Count(static traced => traced.Name == "UserRegion" && traced["mode"] == 0));
    }

    /// <summary>Kinds are hash codes: two of the same are most often of one kind, and not always.</summary>
    [ToolFact(Tools.Go)]
    public async Task AStackOfItsOwnNamesWorkBetterThanItsKind()
    {
        Take(1, [0x10006]);
        Take(2, [0x10008]);
        Take(3, []);
        using GoToolTrace tool = Complete(Start + (10 * Millisecond));

        string page = Assert.Single(await tool.PagesAsync("/goroutines"));
        Assert.Matches(@"Shop\.F10006</a> N=1", page);
        Assert.Matches(@"Shop\.F10008</a> N=2", page);

        void Take(int number, nuint[] frames)
        {
            _trace.Run(Start + (number * Millisecond), 12, number, 77);
            _trace.Log(Start + (number * Millisecond) + 1, 12, 0, "test", "message", frames);
        }
    }

    [ToolFact(Tools.Go)]
    public async Task WhereTheRootOfAStackIsMissingItNamesNoWork()
    {
        _trace.Run(Start + Millisecond, 12, 1, 0);
        _trace.Log(Start + Millisecond + 1, 12, 0, "test", "message", [.. Enumerable.Range(1, 100).Select(static i => (nuint)(0x20000 + (2 * i)))]);
        using GoToolTrace tool = Complete(Start + (10 * Millisecond));

        string page = Assert.Single(await tool.PagesAsync("/goroutines"));
        Assert.Contains("work of the thread pool", page);
        Assert.DoesNotContain("Shop.F200c8", page);
    }

    /// <summary>The milliseconds at which regions begin and end, one after the other.</summary>
    private static async Task<IEnumerable<long>> RegionsAsync(GoToolTrace tool)
    {
        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        return events.Where(static traced => traced.Name == "UserRegion").Select(traced => (traced.Time - events[0].Time + 100) / Millisecond);
    }

    private GoToolTrace Complete(long time)
    {
        _trace.Complete(time);
        return new GoToolTrace(_bytes.ToArray());
    }
}
