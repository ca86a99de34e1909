using Pprof.Sources.Waits;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

public sealed class DutyCycleTests
{
    [Theory]
    [InlineData(0, 1.2, 1)]
    [InlineData(12_000, 2, 1)]
    [InlineData(24_000, 1, 2)]
    [InlineData(24_000, 1.5, 3)]
    [InlineData(240_000, 1.3, 26)]
    [InlineData(100_000_000, 1.3, 100)]
    public void LengthKeepsTheAverageBelowTheLimit(double eventsPerSecond, double watchedSeconds, int length)
    {
        Assert.Equal(length, DutyCycle.LengthFor(eventsPerSecond, TimeSpan.FromSeconds(watchedSeconds)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.3, 1)]
    [InlineData(9.1, 10)]
    [InlineData(100_000, 200)]
    public void WindowStandsForThePauseBeforeIt(double pausedSeconds, int weight)
    {
        Assert.Equal(weight, DutyCycle.WeightAfter(TimeSpan.FromSeconds(pausedSeconds)));
    }

    [Fact]
    public void WhatCanAllBeWatchedIsNoOverload()
    {
        Assert.False(DutyCycle.IsOverload(20_001));
        Assert.True(DutyCycle.IsOverload(100_000));
    }

    [Fact]
    public async Task SleepEndsWithTheCycle()
    {
        var cycle = new DutyCycle();
        Assert.True(cycle.Sleep(TimeSpan.FromSeconds(-1)));
        Task<bool> sleep = Task.Run(() => cycle.Sleep(TimeSpan.FromMinutes(1)));
        cycle.End();
        Assert.False(await sleep);
    }
}
