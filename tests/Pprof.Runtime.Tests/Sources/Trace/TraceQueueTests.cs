using Pprof.Sources.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Trace;

public sealed class TraceQueueTests
{
    private const int BlockSize = 1024;

    private readonly TraceQueue _queue = new(maxBlocks: 1);

    [Fact]
    public void WhatItHasNoRoomForIsCountedInItsPlace()
    {
        Add(1, (2 * BlockSize) + 100);
        Assert.Equal(BlockSize, Take(long.MinValue).Length);
        Add(2, 1);

        Assert.Equal(BlockSize, Take(long.MinValue).Length);
        TraceMoment[] last = Take(2);
        Assert.Equal([TraceMomentKind.Lost, TraceMomentKind.Idle], last.Select(static moment => moment.Kind));
        Assert.Equal([100, 0], last.Select(static moment => moment.Number));
        Assert.Null(_queue.Take(long.MaxValue));
    }

    [Fact]
    public void WhatWasLostLastIsCountedToo()
    {
        Add(1, (2 * BlockSize) + 100);
        _queue.Close();

        Assert.Equal(2 * BlockSize, Take(long.MaxValue).Length + Take(long.MaxValue).Length);
        TraceMoment lost = Assert.Single(Take(long.MaxValue));
        Assert.Equal((TraceMomentKind.Lost, 100), (lost.Kind, lost.Number));
        Assert.Null(_queue.Take(long.MaxValue));
    }

    [Fact]
    public void WhatComesAfterItIsClosedIsNotKept()
    {
        Add(1, 1);
        _queue.Close();
        Add(2, 1);

        Assert.Equal(1, Assert.Single(Take(long.MaxValue)).Timestamp);
        Assert.Null(_queue.Take(long.MaxValue));
    }

    [Fact]
    public void ABlockThatIsNotFullIsTakenWhenItIsOldEnough()
    {
        Add(5, 1);
        Add(9, 1);

        Assert.Null(_queue.Take(4));
        Assert.Equal([5, 9], Take(5).Select(static moment => moment.Timestamp));
    }

    [Fact]
    public void TextsTakeRoom()
    {
        string text = new('x', 100_000);
        for (int i = 0; i < 100; i++)
        {
            _queue.Add(new TraceMoment { Kind = TraceMomentKind.Log, Thread = 1, Timestamp = 1, Text = text, Detail = text }, []);
        }

        int kept = 0;
        long lost = 0;
        while (_queue.Take(long.MaxValue) is { } block)
        {
            for (int i = 0; i < block.Count; i++)
            {
                kept += (block[i].Text?.Length + block[i].Detail?.Length) ?? 0;
                lost += block[i].Number;
            }

            _queue.Return(block);
        }

        Assert.InRange(kept, 1, 200_000);
        Assert.InRange(lost, 50, 99);
    }

    private void Add(long time, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _queue.Add(new TraceMoment { Kind = TraceMomentKind.Idle, Thread = 1, Timestamp = time }, []);
        }
    }

    private TraceMoment[] Take(long until)
    {
        TraceBlock block = _queue.Take(until)!;
        TraceMoment[] moments = [.. Enumerable.Range(0, block.Count).Select(index => block[index])];
        _queue.Return(block);
        return moments;
    }
}
