using Pprof.Sources.Waits;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

public sealed class WatchBudgetTests
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
        Assert.Equal(length, WatchBudget.LengthFor(eventsPerSecond, TimeSpan.FromSeconds(watchedSeconds)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.3, 1)]
    [InlineData(9.1, 10)]
    [InlineData(100_000, 200)]
    public void WindowStandsForThePauseBeforeIt(double pausedSeconds, int weight)
    {
        Assert.Equal(weight, WatchBudget.WeightAfter(TimeSpan.FromSeconds(pausedSeconds)));
    }

    [Fact]
    public void WhatCanAllBeWatchedIsNoOverload()
    {
        Assert.False(WatchBudget.IsOverload(20_001));
        Assert.True(WatchBudget.IsOverload(100_000));
    }
}
