using System.Diagnostics;
using Pprof.Collectors.Trace;
using Pprof.Encoding.Trace;
using Pprof.Encoding.Trace.Perfetto;
using Pprof.Runtime.Tests.Encoding.Trace;
using Pprof.Sources.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Trace;

public sealed class TracedProcessTests
{
    private const int Worker = 1_000_001;
    private const int Other = 1_000_002;

    private readonly RecordedTrace _trace = new();
    private readonly TracedProcess _process;

    public TracedProcessTests() => _process = new TracedProcess(_trace);

    /// <summary>The runtime tells some queueings twice, and of work that a wait runs itself not that it was taken.</summary>
    [Fact]
    public void WhatIsToldOnceTooOftenIsNotTakenForTheNext()
    {
        Add(TraceMomentKind.Queued, Other, 77);
        Add(TraceMomentKind.Queued, Other, 77);
        Add(TraceMomentKind.Taken, Worker, 77);
        Add(TraceMomentKind.Queued, Worker, 77);
        Add(TraceMomentKind.Taken, Worker, 77);
        Add(TraceMomentKind.Taken, Worker, 77);

        Assert.Equal(
            [$"{Other} queues 1", $"{Other} queues 1", $"{Worker} runs 1", $"{Worker} queues 2", $"{Worker} runs 2", $"{Worker} runs 3"],
            _trace.Lines);
    }

    [Fact]
    public void AThreadWithTheIdOfOneThatHasEndedIsAnother()
    {
        Add(TraceMomentKind.Taken, Worker, 77);
        Add(TraceMomentKind.Idle, Worker);
        Add(TraceMomentKind.ThreadEnd, Worker);
        Add(TraceMomentKind.MonitorWaitBegin, Worker);
        Add(TraceMomentKind.ThreadEnd, Other);

        Assert.Equal([$"{Worker} runs 1", $"{Worker} ends", $"{Worker} is gone", $"{Worker} waits: Monitor"], _trace.Lines);
    }

    [Fact]
    public void WhatWasUnderWayWhenEventsWereLostIsOver()
    {
        Add(TraceMomentKind.StopBegin, Other);
        Add(TraceMomentKind.CollectionBegin, Other, 5, "generation 2");
        Add(TraceMomentKind.LockWaitBegin, Other, Worker);
        Add(TraceMomentKind.Lost, 0, 3);
        Add(TraceMomentKind.MonitorWaitBegin, Other);
        Add(TraceMomentKind.CollectionBegin, Other, 7, "generation 1");

        Assert.Equal(
            ["stop", "collection", "gc: collection 5, generation 2", $"{Other} waits: Lock", "stop ends", "collection ends", "lost", $"{Other} waits: Monitor", "collection", "gc: collection 7, generation 1"],
            _trace.Lines.Select(static line => line.StartsWith("pprof: lost 3", StringComparison.Ordinal) ? "lost" : line));
    }

    /// <summary>Who is to stop all threads says so before it has to wait for who has stopped them.</summary>
    [Fact]
    public void AStopDuringAStopIsTheNext()
    {
        Add(TraceMomentKind.StopBegin, Other);
        Add(TraceMomentKind.StopComplete, Other);
        Add(TraceMomentKind.StopBegin, Worker);
        Add(TraceMomentKind.RestartBegin, Other);
        Add(TraceMomentKind.StopEnd, Other);
        Add(TraceMomentKind.StopComplete, Worker);
        Add(TraceMomentKind.RestartBegin, Worker);
        Add(TraceMomentKind.StopEnd, Worker);

        AssertTwoStops();
    }

    /// <summary>Who has let all go on can be late to say so, and who was to be the next can be first.</summary>
    [Fact]
    public void AStopThatIsCompleteBeforeTheOneBeforeHasEndedIsSo()
    {
        Add(TraceMomentKind.StopBegin, Other);
        Add(TraceMomentKind.StopBegin, Worker);
        Add(TraceMomentKind.StopComplete, Worker);
        Add(TraceMomentKind.RestartBegin, Worker);
        Add(TraceMomentKind.StopComplete, Other);
        Add(TraceMomentKind.StopEnd, Worker);
        Add(TraceMomentKind.RestartBegin, Other);
        Add(TraceMomentKind.StopEnd, Other);

        AssertTwoStops();
    }

    [Fact]
    public void AfterCollectionsWereLostNoneIsUnderWay()
    {
        Add(TraceMomentKind.StopBegin, Other);
        Add(TraceMomentKind.CollectionBegin, Other, 5, "generation 2");
        Add(TraceMomentKind.LockWaitBegin, Other, Worker);
        Add(TraceMomentKind.LostCollections, 0);
        Add(TraceMomentKind.LockWaitEnd, Other);
        Add(TraceMomentKind.StopBegin, Worker);

        Assert.Equal(
            ["stop", "collection", "gc: collection 5, generation 2", $"{Other} waits: Lock", "stop ends", "collection ends", $"{Other} resumes by {Worker}", "stop"],
            _trace.Lines);
    }

    [Fact]
    public void AStopCanBeEndedByAnotherThread()
    {
        Add(TraceMomentKind.StopBegin, Other);
        Add(TraceMomentKind.StopEnd, Worker);
        Add(TraceMomentKind.StopBegin, Other);
        Add(TraceMomentKind.StopEnd, Other);

        Assert.Equal(["stop", "stop ends", "stop", "stop ends"], _trace.Lines);
    }

    [Fact]
    public void WhatOthersLoseEndsNothingOfTheRuntimes()
    {
        Add(TraceMomentKind.CollectionBegin, Other, 5, "generation 2");
        Add(TraceMomentKind.LockWaitBegin, Other, Worker);
        Add(TraceMomentKind.LostOthers, 0, 3);
        Add(TraceMomentKind.LockWaitEnd, Other);
        Add(TraceMomentKind.CollectionEnd, Other, 5);

        Assert.Equal(
            ["collection", "gc: collection 5, generation 2", $"{Other} waits: Lock", "lost", $"{Other} resumes by {Worker}", "collection ends"],
            _trace.Lines.Select(static line => line.StartsWith("pprof: lost 3", StringComparison.Ordinal) ? "lost" : line));
    }

    [Fact]
    public void AWorkerWithoutWorkDoesNotWait()
    {
        Add(TraceMomentKind.Taken, Worker, 77);
        Add(TraceMomentKind.Idle, Worker);
        Add(TraceMomentKind.MonitorWaitBegin, Worker);
        Add(TraceMomentKind.WaitEnd, Worker);
        Add(TraceMomentKind.MonitorWaitBegin, Other);
        Add(TraceMomentKind.WaitEnd, Other);

        Assert.Equal([$"{Worker} runs 1", $"{Worker} ends", $"{Other} waits: Monitor", $"{Other} resumes by 0"], _trace.Lines);
    }

    [Fact]
    public void AWaitForALockIsOneAndItsHolderEndsIt()
    {
        Add(TraceMomentKind.Taken, Worker, 77);
        Add(TraceMomentKind.LockWaitBegin, Worker, Other);
        Add(TraceMomentKind.HandleWaitBegin, Worker);
        Add(TraceMomentKind.WaitEnd, Worker);
        Add(TraceMomentKind.LockWaitEnd, Worker);

        Assert.Equal([$"{Worker} runs 1", $"{Worker} waits: Lock", $"{Worker} resumes by {Other}"], _trace.Lines);
    }

    [Fact]
    public void ASampleWithinAWaitIsOfThatWait()
    {
        Add(TraceMomentKind.Taken, Worker, 77);
        Add(TraceMomentKind.Sample, Worker);
        Add(TraceMomentKind.LockWaitBegin, Worker, Other);
        Add(TraceMomentKind.Sample, Worker);
        Add(TraceMomentKind.LockWaitEnd, Worker);
        Add(TraceMomentKind.Sample, Worker);

        Assert.Equal((3, 1), (_trace.Samples.Count, _trace.SamplesOfWaits));
    }

    [Fact]
    public void ACollectionDuringABackgroundCollectionIsALineOfTheLog()
    {
        Add(TraceMomentKind.CollectionBegin, Other, 5, "generation 2, background");
        Add(TraceMomentKind.CollectionBegin, Other, 6, "generation 0, during a background collection");
        Add(TraceMomentKind.CollectionEnd, Other, 6);
        Add(TraceMomentKind.CollectionEnd, Other, 5);

        Assert.Equal(
            [
                "collection", "gc: collection 5, generation 2, background", "gc: collection 6, generation 0, during a background collection",
                "collection ends",
            ],
            _trace.Lines);
    }

    [Fact]
    public void WhatIsLostIsSaid()
    {
        Add(TraceMomentKind.Lost, 0, 12);

        Assert.StartsWith("pprof: lost 12 events", Assert.Single(_trace.Lines), StringComparison.Ordinal);
    }

    /// <summary>A stream of more work, each of an async method with its parts, than any service can have.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATraceGrowsOnlySoFast(bool isPerfetto)
    {
        const int Works = 500_000;
        var rate = new TraceRate();
        long bytes = 0;
        void Put(ReadOnlyMemory<byte> piece)
        {
            bytes += piece.Length;
            rate.Add(piece.Length);
        }

        long start = Stopwatch.GetTimestamp();
        var counted = new CountedWork(isPerfetto ? new PerfettoTrace(start, Put, new NumberedFunctions()) : new GoTrace(start, Put, new NumberedFunctions()));
        var process = new TracedProcess(counted, knowsWork: true, rate);
        long interval = Stopwatch.Frequency / Works;
        for (int i = 0; i < Works; i++)
        {
            long time = start + (i * interval);
            int worker = Worker + (i % 8);
            process.Add(new TraceMoment { Kind = TraceMomentKind.Queued, Thread = worker, Timestamp = time, Number = i + 1 }, []);
            process.Add(new TraceMoment { Kind = TraceMomentKind.Taken, Thread = worker, Timestamp = time, Number = i + 1 }, []);
            process.Add(new TraceMoment { Kind = TraceMomentKind.OperationBegin, Thread = worker, Timestamp = time, Number = i + 1, Text = "text", Detail = "detail" }, []);
            process.Add(new TraceMoment { Kind = TraceMomentKind.OperationEnter, Thread = worker, Timestamp = time, Number = i }, []);
            process.Add(new TraceMoment { Kind = TraceMomentKind.OperationEnd, Thread = worker, Timestamp = time, Number = i }, []);
            process.Add(new TraceMoment { Kind = TraceMomentKind.OperationLeave, Thread = worker, Timestamp = time }, []);
        }

        process.Complete(start + (Works * interval));

        Assert.InRange(bytes, TraceRate.MaxBytesPerSecond / 4, TraceRate.MaxBytesPerSecond);
        Assert.Contains(counted.Said, static text => text.StartsWith("one in 2 units of work is drawn", StringComparison.Ordinal));
        Assert.Contains($"not drawn: {(2 * Works) - counted.Drawn} units of work, so that the trace does not grow too fast", counted.Said);
    }

    [Fact]
    public void WhatGrowsSlowlyAgainIsDrawnWhole()
    {
        var rate = new TraceRate();
        long time = Stopwatch.GetTimestamp();
        Assert.False(rate.Advance(time));
        rate.Add(TraceRate.MaxBytesPerSecond);
        Assert.True(rate.Advance(time + 1));
        rate.Add(TraceRate.MaxBytesPerSecond);
        Assert.True(rate.Advance(time + 2));
        Assert.Equal(4, rate.OneIn);

        Assert.True(rate.Advance(time + Stopwatch.Frequency));
        Assert.True(rate.Advance(time + (2 * Stopwatch.Frequency)));
        Assert.False(rate.Advance(time + (3 * Stopwatch.Frequency)));
        Assert.Equal(1, rate.OneIn);
    }

    private void AssertTwoStops()
    {
        string[] stop = ["stop", "stopped", "restart", "stop ends"];
        Assert.Equal([.. stop, .. stop], _trace.Lines);
    }

    private void Add(TraceMomentKind kind, int thread, long number = 0, string? text = null) =>
        _process.Add(new TraceMoment { Kind = kind, Thread = thread, Timestamp = 1, Number = number, Text = text }, []);
}
