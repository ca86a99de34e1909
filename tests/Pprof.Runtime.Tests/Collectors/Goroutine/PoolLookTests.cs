using Pprof.Collectors.Goroutine;
using Pprof.Profiles;
using Pprof.Sources.Threads;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>Whether a pool is starved, by its counters and the states of its threads.</summary>
public sealed class PoolLookTests
{
    private const string Wait = "Task.Wait";

    [Theory]
    [InlineData(2, 2, 0, new[] { Wait, Wait }, true)]
    [InlineData(2, 2, 1, new[] { Wait, Wait }, false)]
    [InlineData(2, 2, 0, new[] { Wait, ThreadActivity.Running }, false)]
    [InlineData(2, 2, 0, new[] { Wait, ThreadActivity.Idle }, false)]
    [InlineData(2, 2, 0, new[] { Wait }, false)]

    // It got a thread, which has run what a timer had to do, or has just begun.
    [InlineData(2, 3, 1, new[] { Wait, Wait }, true)]
    [InlineData(2, 3, 1, new[] { Wait, Wait, Wait }, true)]
    [InlineData(2, 3, 1, new[] { Wait, Wait, ThreadActivity.Running }, true)]
    [InlineData(2, 3, 0, new[] { Wait, Wait, ThreadActivity.Idle }, true)]
    [InlineData(2, 3, 0, new[] { Wait, ThreadActivity.Running, Wait }, false)]
    [InlineData(2, 3, 2, new[] { Wait, Wait, Wait }, false)]
    public void APoolAllOfWhoseThreadsWaitIsStarved(int before, int after, long completed, string[] states, bool isStarved)
    {
        ProfileThread[] threads =
            [.. states.Select(static (state, i) => new ProfileThread(100 + i, PoolCounters.ThreadName, state, Waiting: null, IsManaged: true, WaitingFrames: 0, Sample: 0))];

        PoolActivity pool = PoolLook.Between(new PoolCounters(0, before, 2, 100, 7, 50), new PoolCounters(1, after, 2, 100, 7, 50 + completed), threads);

        Assert.Equal(isStarved, pool.IsStarved);
        Assert.Equal(after - before, pool.Grown);
    }
}
