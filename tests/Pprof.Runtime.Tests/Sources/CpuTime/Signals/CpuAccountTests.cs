using Pprof.Sources.CpuTime.Signals;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.CpuTime.Signals;

/// <summary>What a process used against what samples and clocks show, in milliseconds. The period is 10 ms.</summary>
public sealed class CpuAccountTests
{
    private const long Millisecond = 1_000_000;

    private readonly CpuAccount _account = new(10 * Millisecond);

    [Theory]
    // Two periods are within what sampling can be off.
    [InlineData(0, 0, 0)]
    [InlineData(20, 0, 0)]
    [InlineData(21, 0, 21)]
    [InlineData(120, 10, 0)]
    [InlineData(121, 10, 21)]
    // So is half a percent of what the process used.
    [InlineData(10_050, 1_000, 0)]
    [InlineData(10_051, 1_000, 51)]
    // Samples that stand for more than was used are no time that nobody saw.
    [InlineData(50, 10, 0)]
    public void TimeWithoutASampleIsUnseenBeyondWhatSamplingIsOff(long processMilliseconds, long samples, long unseenMilliseconds)
    {
        _account.AddSamples(samples);

        Assert.Equal(unseenMilliseconds * Millisecond, _account.Unseen(processMilliseconds * Millisecond));
    }

    [Fact]
    public void SamplesAndClocksAddUp()
    {
        _account.AddSamples(3);
        _account.AddThread(27 * Millisecond);
        _account.AddSamples(4);
        _account.AddThread(3 * Millisecond);

        Assert.Equal(100 * Millisecond, _account.Unseen(200 * Millisecond));
    }

    [Fact]
    public void PeriodsThatAreTakenBackAreUnseen()
    {
        _account.AddThread(100 * Millisecond);
        _account.AddSamples(-4);

        Assert.Equal(40 * Millisecond, _account.Unseen(100 * Millisecond));
    }

    [Fact]
    public void ClockOfAThreadCountsToTheNanosecond()
    {
        _account.AddThread(100 * Millisecond);

        Assert.Equal(0, _account.Unseen(120 * Millisecond));
        Assert.Equal((20 * Millisecond) + 1, _account.Unseen((120 * Millisecond) + 1));
    }
}
