using Pprof.Sources.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Trace;

public sealed class WorkLogTests
{
    [Fact]
    public void WhatSeveralThreadsDoIsReadInTheOrderOfTime()
    {
        using var log = new WorkLog(stacks: null);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(thread => new Thread(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                log.Add(i % 2 == 0 ? TraceMomentKind.Queued : TraceMomentKind.Taken, (thread * 1000) + i);
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());

        TraceMoment[] moments = Read(log);

        Assert.Equal(4000, moments.Length);
        Assert.Equal(moments.Select(static moment => moment.Timestamp).Order(), moments.Select(static moment => moment.Timestamp));
        Assert.All(moments.GroupBy(static moment => moment.Thread), static group => Assert.Equal(
            Enumerable.Range((int)group.First().Number, 1000), group.Select(static moment => (int)moment.Number)));
        Assert.Equal(0, log.TakeLost());
    }

    [Fact]
    public void WhatFindsNoRoomIsCounted()
    {
        using var log = new WorkLog(stacks: null);
        for (int i = 0; i < 10_000; i++)
        {
            log.Add(TraceMomentKind.Queued, i);
        }

        int kept = Read(log).Length;
        Assert.InRange(kept, 1, 9_999);
        Assert.Equal(10_000 - kept, log.TakeLost());
        Assert.Equal(0, log.TakeLost());
    }

    [Fact]
    public void WhatIsReadMeanwhileKeepsItsOrderWhileTheRoomGrows()
    {
        using var log = new WorkLog(stacks: null);
        var thread = new Thread(() =>
        {
            for (int i = 0; i < 200_000; i++)
            {
                log.Add(TraceMomentKind.Taken, i);
            }
        });
        thread.Start();
        List<long> numbers = [];
        long lost = 0;
        bool hasEnded;
        do
        {
            hasEnded = thread.Join(1);
            numbers.AddRange(Read(log).Select(static moment => moment.Number));
            lost += log.TakeLost();
        }
        while (!hasEnded);

        Assert.Equal(200_000, numbers.Count + lost);
        Assert.True(numbers.Zip(numbers.Skip(1)).All(static pair => pair.First < pair.Second), "out of order");
    }

    [Fact]
    public void ThreadsThatHaveEndedTakeNoRoom()
    {
        using var log = new WorkLog(stacks: null);
        for (int i = 0; i < 10; i++)
        {
            var thread = new Thread(() => log.Add(TraceMomentKind.Taken, i));
            thread.Start();
            thread.Join();
        }

        Assert.Equal(10, log.Threads);
        Assert.Equal(10, Read(log).Length);
        Assert.Equal(0, log.Threads);
    }

    [Fact]
    public void OperationsHaveNames()
    {
        using var log = new WorkLog(stacks: null);
        log.Add(TraceMomentKind.OperationBegin, 1, "one");
        log.Add(TraceMomentKind.OperationBegin, 2, "two");
        log.Add(TraceMomentKind.OperationBegin, 3, "one");
        log.Add(TraceMomentKind.OperationEnd, 3);

        Assert.Equal(["one", "two", "one", null], Read(log).Select(static moment => moment.Text));
    }

    private static TraceMoment[] Read(WorkLog log)
    {
        List<TraceMoment> moments = [];
        log.Collect();
        while (log.TryPeek(long.MaxValue, out _))
        {
            moments.Add(log.Take(out ReadOnlySpan<nuint> frames));
            Assert.True(frames.IsEmpty);
        }

        return [.. moments];
    }
}
