using Pprof.Sources.CpuTime.Signals;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.CpuTime.Signals;

/// <summary>What counts for a thread at the end of a session, besides the samples that came. The period is 10 ms.</summary>
public sealed class PendingPeriodsTests
{
    private const long Period = 10_000_000;
    private const long Start = 7_000_000_000;

    private readonly CpuAccount _account = new(Period);

    [Theory]
    // The first expiry is 4 ms after the start.
    [InlineData(3, 0, 0)]
    [InlineData(4, 0, 1)]
    [InlineData(13, 0, 1)]
    [InlineData(14, 0, 2)]
    [InlineData(1004, 101, 0)]
    [InlineData(1004, 100, 1)]
    [InlineData(1004, 98, 3)]
    // The signal is blocked.
    [InlineData(1004, 97, 0)]
    [InlineData(1004, 1, 0)]
    // A sample more than the clock shows.
    [InlineData(1003, 101, 0)]
    public void PeriodsThatPassedAndBroughtNoSampleArePending(int usedMilliseconds, long weight, long pending) =>
        Assert.Equal(pending, _account.Settle(Thread(weight), At(usedMilliseconds)));

    [Fact]
    public void ThreadThatNoSampleCameForHasNothingPending()
    {
        Assert.Equal(0, _account.Settle(Thread(weight: 0, lastSample: -1), At(30)));

        // Its three periods are what nobody saw.
        Assert.Equal(30_000_000, _account.Unseen(30_000_000));
    }

    [Theory]
    [InlineData(1000, 100, 0)]
    [InlineData(1000, 98, 0)]
    // 90 of 100 periods are blocked: they are missing, and the rest of a period is not.
    [InlineData(1000, 10, 900)]
    public void OnlyBlockedPeriodsAreUnseen(int usedMilliseconds, long weight, int unseenMilliseconds)
    {
        _account.Settle(Thread(weight), At(usedMilliseconds));

        Assert.Equal(unseenMilliseconds * 1_000_000L, _account.Unseen(usedMilliseconds * 1_000_000L));
    }

    [Fact]
    public void ThreadThatEndedCountsByItsSamples()
    {
        Assert.Equal(0, _account.Settle(Thread(weight: 5), cpuNanoseconds: -1));

        Assert.Equal(50_000_000, _account.Unseen(100_000_000));
    }

    private static long At(int usedMilliseconds) => Start + (usedMilliseconds * 1_000_000L);

    private static SampledThread Thread(long weight, int lastSample = 0) => new()
    {
        SystemId = 1,
        Number = 1,
        Timer = 1,
        StartCpu = Start,
        FirstExpiry = 4_000_000,
        Since = 0,
        Weight = weight,
        LastSample = lastSample,
    };
}
