using System.Text.Json;
using Pprof.Encoding.Trace.Perfetto;
using Pprof.Profiles;
using Pprof.Testing;
using Pprof.Testing.Perfetto;
using Xunit;
using PerfettoFile = Pprof.Testing.Perfetto.PerfettoFile;

namespace Pprof.Runtime.Tests.Encoding.Trace.Perfetto;

/// <summary>What is written of a trace in Perfetto's format, read back by what its definitions say.</summary>
public sealed class PerfettoTraceTests
{
    private const long Start = 1_000_000_000;
    private const int Millisecond = 1_000_000;

    private static readonly nuint[] s_queueing = [0x10002];
    private static readonly nuint[] s_waiting = [0x10004, 0x10006];

    private readonly MemoryStream _bytes = new();
    private readonly PerfettoTrace _trace;

    public PerfettoTraceTests() => _trace = new PerfettoTrace(Start, piece => _bytes.Write(piece.Span), new NumberedFunctions());

    [Theory]
    [InlineData(50)]
    [InlineData(500)]
    [InlineData(5000)]
    public void WhateverIsToldTheTraceIsValid(int events)
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            byte[] trace = new RandomTrace(seed, (Disorder)(seed % 5)).Make(events, static (time, put) => new PerfettoTrace(time, put, new NumberedFunctions()));

            Exception? error = Record.Exception(() => new PerfettoFile(trace));
            Assert.True(error is null, $"{seed}: {error?.Message}");
        }
    }

    /// <summary>It sees the same as we do, and nothing wrong.</summary>
    [ToolFact(Tools.TraceProcessor)]
    public async Task WhateverIsToldTheTraceProcessorReadsIt()
    {
        byte[][] traces =
        [
            .. Enumerable.Range(1, 100).Select(static seed => new RandomTrace(seed, (Disorder)(seed % 5))
                .Make(seed * 20, static (time, put) => new PerfettoTrace(time, put, new NumberedFunctions()))),
        ];

        IReadOnlyList<IReadOnlyList<JsonElement[]>> read = await TraceProcessor.AskAsync(
            traces, TraceProcessor.Errors, "SELECT (SELECT COUNT(*) FROM slice) AS slices, (SELECT COUNT(*) FROM flow) AS flows, (SELECT COUNT(*) FROM slice WHERE dur < 0) AS endless");

        Assert.Equal(traces.Length, read.Count);
        for (int i = 0; i < traces.Length; i++)
        {
            var file = new PerfettoFile(traces[i]);
            Assert.True(read[i][0].Length == 0, $"{i + 1}: {string.Join(", ", read[i][0])}");
            Assert.Equal(
                (i, file.Events.Count, file.Events.Sum(static traced => traced.From.Count), 0),
                (i, Number("slices"), Number("flows"), Number("endless")));

            int Number(string column) => read[i][1].Single().GetProperty(column).GetInt32();
        }
    }

    [Fact]
    public void ATraceOfNothingIsValid()
    {
        PerfettoFile file = Complete(Start + 1);

        Assert.Empty(file.Events);
        TrackDescriptor process = Assert.Single(file.Tracks.Values, static track => track.Process is not null);
        Assert.Equal(Environment.ProcessId, process.Process.Pid);
    }

    [Fact]
    public void WorkHasAnArrowFromWhereItIsQueuedToWhereItRuns()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.Queue(Start + (2 * Millisecond), 11, 2, 0, s_queueing);
        _trace.Run(Start + (5 * Millisecond), 12, 2, 0);
        _trace.Wait(Start + (6 * Millisecond), 12, TraceWait.Lock, s_waiting);
        _trace.Resume(Start + (8 * Millisecond), 12, 11);
        _trace.End(Start + (9 * Millisecond), 12);
        PerfettoFile file = Complete(Start + (11 * Millisecond));

        PerfettoEvent queued = Assert.Single(file.Of("queue"));
        Assert.Equal(["Shop.F10002"], queued.Stack);
        PerfettoEvent work = Assert.Single(file.Of("work"), static work => work.Name == "Shop.F10006");
        Assert.Equal([queued], work.From);
        Assert.Equal(11, file.Tracks[queued.Track].Thread.Tid);
        Assert.Equal((12L, ".NET TP Worker"), (file.Tracks[work.Track].Thread.Tid, file.Tracks[work.Track].Thread.ThreadName));
        Assert.Equal(4 * Millisecond, work.Duration, 100.0);
        Assert.Equal(3000, work.Numbers["queued_us"]);

        PerfettoEvent wait = Assert.Single(file.Of("wait"), static wait => wait.Name == "waits for a lock");
        Assert.Same(work, wait.Above);
        Assert.Equal(["Shop.F10006", "Shop.F10004"], wait.Stack);
        Assert.Equal(2 * Millisecond, wait.Duration, 100.0);
        PerfettoEvent wakes = Assert.Single(wait.From);
        Assert.Equal(("wakes", 11L), (wakes.Name, file.Tracks[wakes.Track].Thread.Tid));
    }

    [Fact]
    public void AStarvedPoolIsSeenAtOnce()
    {
        for (int i = 1; i <= 300; i++)
        {
            _trace.Queue(Start + (i * 1000), 11, i, 0, s_queueing);
        }

        _trace.Run(Start + (2 * Millisecond), 12, 1, 0);
        _trace.Wait(Start + (3 * Millisecond), 12, TraceWait.Monitor, s_waiting);
        _trace.SetHeapSize(Start + (5 * Millisecond), 1);
        for (int i = 2; i <= 200; i++)
        {
            _trace.Run(Start + (400 * Millisecond) + i, 13, i, 0);
        }

        PerfettoFile file = Complete(Start + (500 * Millisecond));

        Assert.Equal(300, file.ValuesOf("work in the queue").Max());
        Assert.Contains(1, file.ValuesOf("work that waits"));
        PerfettoEvent[] queued = [.. file.Of("queue").Where(static queued => queued.Duration > 0)];
        Assert.Equal(299, queued.Length);
        Assert.All(queued, static queued => Assert.InRange(queued.Duration, 399 * Millisecond, 501 * Millisecond));
        Assert.All(queued, static queued => Assert.Equal("queued by Shop.F10002", queued.Name));
    }

    [Fact]
    public void WhatFindsAThreadSoonIsNotDrawnInTheQueue()
    {
        _trace.Queue(Start + 1, 11, 1, 0, s_queueing);
        _trace.Run(Start + Millisecond, 12, 1, 0);

        Assert.Single(Complete(Start + (5 * Millisecond)).Of("queue"));
    }

    [Fact]
    public void WhatIsOfOneKindHasOneName()
    {
        _trace.Run(Start + 1, 12, 1, 77);
        _trace.Wait(Start + 2, 12, TraceWait.Handle, s_waiting);
        _trace.Run(Start + 3, 12, 2, 77);
        _trace.Run(Start + 4, 12, 3, 78);

        Assert.Equal(["Shop.F10006", "Shop.F10006", "work of the thread pool"], Complete(Start + 5).Of("work").Select(static work => work.Name));
    }

    [Fact]
    public void OperationsLieBelowThoseThatTheyArePartOf()
    {
        _trace.BeginTask(Start + 1, 11, 100, 0, "HttpRequestIn");
        _trace.BeginRegion(Start + 2, 11, 100, "HttpRequestIn");
        _trace.BeginTask(Start + 3, 11, 101, 100, "first part");
        _trace.BeginTask(Start + 4, 12, 102, 100, "second part");
        _trace.EndTask(Start + (2 * Millisecond), 12, 101, null);
        _trace.EndTask(Start + (3 * Millisecond), 11, 100, "GET /products/{id}");
        _trace.BeginTask(Start + (4 * Millisecond), 11, 103, 0, "another");
        _trace.EndTask(Start + (5 * Millisecond), 11, 102, null);
        _trace.BeginTask(Start + (6 * Millisecond), 11, 104, 0, "third");
        PerfettoFile file = Complete(Start + (7 * Millisecond));

        PerfettoEvent request = Named("GET /products/{id}");
        PerfettoEvent first = Named("first part");
        PerfettoEvent second = Named("second part");
        Assert.Equal(3 * Millisecond, request.Duration, 100.0);
        Assert.Equal([request.Track, request.Track], [file.Tracks[first.Track].ParentUuid, file.Tracks[second.Track].ParentUuid]);
        Assert.NotEqual(first.Track, second.Track);
        Assert.Equal((request.Numbers["task"], request.Numbers["task"]), (first.Numbers["parent"], second.Numbers["parent"]));
        Assert.Equal(request.Numbers["task"], Assert.Single(file.Of("region")).Numbers["task"]);

        // What is below must have ended before the place is another's.
        Assert.NotEqual(request.Track, Named("another").Track);
        Assert.Equal(request.Track, Named("third").Track);

        PerfettoEvent Named(string name) => Assert.Single(file.Of("task"), task => task.Name == name);
    }

    [Fact]
    public void CollectionsAndStopsHaveTracksOfTheirOwn()
    {
        _trace.BeginRestart(Start, 11);
        _trace.BeginStop(Start + 1, 11);
        _trace.HaveStopped(Start + (Millisecond / 4), 11);
        _trace.BeginCollection(Start + (Millisecond / 2), 11);
        _trace.Log(Start + (Millisecond / 2), 11, 0, "gc", "collection 7, generation 2", []);
        _trace.Log(Start + (Millisecond / 2) + 1, 11, 0, "gc", "collection 8, generation 0", []);
        _trace.EndCollection(Start + Millisecond, 11);
        _trace.BeginRestart(Start + (Millisecond * 3 / 2), 11);
        _trace.EndStop(Start + (2 * Millisecond), 11);
        _trace.SetHeapSize(Start + (3 * Millisecond), 0);
        PerfettoFile file = Complete(Start + (4 * Millisecond));

        PerfettoEvent[] events = file.Of("gc");
        Assert.Equal(
            ["all threads are stopped", "suspension", "collection 7, generation 2", "collection 8, generation 0", "restart"],
            events.Select(static traced => traced.Name));
        Assert.Equal(
            ["stop-the-world", "stop-the-world", "garbage collection", "garbage collection", "stop-the-world"],
            events.Select(traced => file.Tracks[traced.Track].Name));
        Assert.Equal(
            [2 * Millisecond, Millisecond / 4, Millisecond / 2, 0, Millisecond / 2],
            events.Select(static traced => (int)Math.Round(traced.Duration * 4.0 / Millisecond) * Millisecond / 4));
        Assert.Equal([null, "all threads are stopped", null, "collection 7, generation 2", "all threads are stopped"], events.Select(static traced => traced.Above?.Name));
        Assert.Equal([0], file.ValuesOf("heap"));
    }

    [Fact]
    public void AnAsynchronousMethodGoesOnFromThreadToThread()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.BeginOperation(Start + (2 * Millisecond), 11, 2, 5, "PlaceAsync", s_queueing);
        _trace.End(Start + (3 * Millisecond), 11);
        _trace.Run(Start + (5 * Millisecond), 12, 3, 0);
        _trace.EnterOperation(Start + (6 * Millisecond), 12, 2);
        _trace.LeaveOperation(Start + (7 * Millisecond), 12);
        _trace.End(Start + (8 * Millisecond), 12);
        _trace.Run(Start + (9 * Millisecond), 13, 4, 0);
        _trace.EnterOperation(Start + (10 * Millisecond), 13, 2);
        _trace.EndOperation(Start + (12 * Millisecond), 13, 2);
        _trace.LeaveOperation(Start + (12 * Millisecond), 13);
        _trace.End(Start + (13 * Millisecond), 13);
        PerfettoFile file = Complete(Start + (14 * Millisecond));

        PerfettoEvent[] events = file.Of("async");
        PerfettoEvent suspended = Assert.Single(events, static traced => traced.Name == "suspends Shop.F10002");
        PerfettoEvent first = Assert.Single(events, traced => ThreadOf(traced) == 12);
        PerfettoEvent second = Assert.Single(events, traced => ThreadOf(traced) == 13);
        PerfettoEvent whole = Assert.Single(events, traced => ThreadOf(traced) is null);
        Assert.Equal(11, ThreadOf(suspended));
        Assert.Same(suspended, Assert.Single(first.From));
        Assert.Same(first, Assert.Single(second.From));
        Assert.Equal(["work", "work"], [first.Above!.Category, second.Above!.Category]);
        Assert.Equal(1 * Millisecond, first.Duration, 100.0);
        Assert.Equal(2 * Millisecond, second.Duration, 100.0);
        Assert.Equal(10 * Millisecond, whole.Duration, 100.0);
        Assert.All([first, second, whole], static slice => Assert.Equal("Shop.F10002", slice.Name));

        int? ThreadOf(PerfettoEvent traced) => file.Tracks[traced.Track].Thread?.Tid is { } id ? (int)id : null;
    }

    [Fact]
    public void SamplesHaveTheirOwnTimesAndNameTheWorkOfThatTime()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.Run(Start + (4 * Millisecond), 11, 2, 0);
        _trace.Sample(Start + (3 * Millisecond), 11, s_queueing, waits: false);
        _trace.Sample(Start + (5 * Millisecond), 11, s_waiting, waits: false);
        _trace.Sample(Start - 1, 11, s_waiting, waits: false);
        PerfettoFile file = Complete(Start + (9 * Millisecond));

        Assert.Equal([(Start + (3 * Millisecond), 11u), (Start + (5 * Millisecond), 11u)], file.Samples.Select(static sample => (sample.Time, sample.Thread)));
        Assert.Equal(["Shop.F10002"], file.Samples[0].Stack);
        Assert.Equal(["Shop.F10006", "Shop.F10004"], file.Samples[1].Stack);
        Assert.Equal(["work of the thread pool", "Shop.F10006"], file.Of("work").Select(static work => work.Name));
    }

    [Fact]
    public void ASampleEndsNoWait()
    {
        _trace.Run(Start + (1 * Millisecond), 11, 1, 0);
        _trace.Wait(Start + (2 * Millisecond), 11, TraceWait.Lock, s_waiting);
        _trace.Sample(Start + (3 * Millisecond), 11, s_waiting, waits: true);
        _trace.Resume(Start + (8 * Millisecond), 11, 0);
        PerfettoFile file = Complete(Start + (9 * Millisecond));

        Assert.Equal(6 * Millisecond, Assert.Single(file.Of("wait")).Duration, 100.0);
        Assert.Equal(Start + (3 * Millisecond), Assert.Single(file.Samples).Time);
    }

    [Fact]
    public void WhatIsUnderWayAtTheEndIsClosed()
    {
        _trace.Run(Start + 1, 11, 1, 0);
        _trace.BeginStop(Start + 2, 11);
        _trace.BeginCollection(Start + 3, 11);
        _trace.BeginTask(Start + 5, 11, 1, 0, "endless");
        _trace.BeginRegion(Start + 6, 11, 1, "endless");
        _trace.Wait(Start + 7, 11, TraceWait.Lock, s_waiting);
        PerfettoFile file = Complete(Start + Millisecond);

        Assert.Equal(7, file.Events.Count);
        Assert.All(file.Events, static traced => Assert.InRange(traced.End, Start + Millisecond, Start + (2 * Millisecond)));
        Assert.Equal(0, file.ValuesOf("work that waits")[^1]);
    }

    [Fact]
    public void AThreadThatEndsIsNotTakenForTheNextOfItsId()
    {
        _trace.NameThread(11, "first");
        _trace.BeginRegion(Start + 1, 11, 0, "endless");
        _trace.EndThread(Start + 2, 11);
        _trace.NameThread(11, "second");
        _trace.Log(Start + 3, 11, 0, "test", "message", s_waiting);
        PerfettoFile file = Complete(Start + 4);

        Assert.Equal(["first", "second"], file.Events.Select(traced => file.Tracks[traced.Track].Thread.ThreadName));
        Assert.Null(file.Events[1].Above);
        Assert.Equal(["Shop.F10006", "Shop.F10004"], file.Events[1].Stack);
    }

    [Fact]
    public void RegionsThatAreTooManyEndNoOthers()
    {
        for (int i = 0; i < 70; i++)
        {
            _trace.BeginRegion(Start + i, 11, 0, "deep");
        }

        for (int i = 0; i < 70; i++)
        {
            _trace.EndRegion(Start + ((i < 6 ? 2 : 3) * Millisecond) + i, 11, 0, "deep");
        }

        PerfettoFile file = Complete(Start + (4 * Millisecond));
        Assert.Equal(64, file.Of("region").Length);
        Assert.All(file.Of("region"), static region => Assert.InRange(region.Duration, 2.9 * Millisecond, 3.1 * Millisecond));
        Assert.Contains(file.Of("pprof"), static said => said.Name.Contains(" 6 regions", StringComparison.Ordinal));
    }

    /// <summary>An activity that ends on another thread leaves its region behind where it began.</summary>
    [Fact]
    public void RegionsOfOperationsThatEndedElsewhereTakeNoRoom()
    {
        for (int i = 1; i <= 100; i++)
        {
            _trace.BeginTask(Start + (i * Millisecond), 11, i, 0, "call");
            _trace.BeginRegion(Start + (i * Millisecond) + 1, 11, i, "call");
            _trace.EndTask(Start + (i * Millisecond) + 2, 12, i, null);
        }

        Assert.Equal(100, Complete(Start + (200 * Millisecond)).Of("region").Length);
    }

    [Fact]
    public void WhatIsInternedIsForgottenBeforeItIsTooMuch()
    {
        for (int i = 0; i < 120_000; i++)
        {
            _trace.Log(Start + (3L * i), 11, 0, $"category {i}", $"message {i}", [(nuint)(0x10000 + (2 * i)), 0x8000]);
        }

        PerfettoFile file = Complete(Start + Millisecond);
        Assert.Equal(5, file.Clearings);
        Assert.Equal(120_000, file.Events.Count);
        for (int i = 0; i < 120_000; i += 999)
        {
            Assert.Equal(($"category {i}", $"message {i}"), (file.Events[i].Category, file.Events[i].Name));
            Assert.Equal(["Shop.F8000", $"Shop.F{0x10000 + (2 * i):x}"], file.Events[i].Stack);
        }
    }

    private PerfettoFile Complete(long time)
    {
        _trace.Complete(time);
        return new PerfettoFile(_bytes.ToArray());
    }
}
