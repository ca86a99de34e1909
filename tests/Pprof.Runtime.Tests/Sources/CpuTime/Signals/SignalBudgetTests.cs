using Pprof.Sources.CpuTime.Signals;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.CpuTime.Signals;

/// <summary>How many timers a profile may take of the signals that can be pending.</summary>
public sealed class SignalBudgetTests
{
    [Theory]
    // Half stays free.
    [InlineData(0, 96_365, 20, 48_183)]
    [InlineData(40_000, 96_365, 20, 8_183)]
    // What others have taken counts as taken.
    [InlineData(60_000, 96_365, 20, 0)]
    // A signal for each thread, and 64 in any case.
    [InlineData(0, 1000, 700, 300)]
    [InlineData(0, 100, 10, 36)]
    [InlineData(0, 60, 60, 0)]
    [InlineData(0, long.MaxValue, 10, long.MaxValue - (long.MaxValue / 2))]
    public void AReserveIsLeftForTheRuntime(long used, long limit, int threads, long free) =>
        Assert.Equal(free, SignalBudget.Free(used, limit, threads));

    [Theory]
    [InlineData("0/96365", 0, 96_365)]
    [InlineData("7/18446744073709551615", 7, long.MaxValue)]
    public void TheKernelsFiguresAreRead(string text, long used, long limit)
    {
        Assert.True(SignalBudget.TryParse(text, out long readUsed, out long readLimit));
        Assert.Equal((used, limit), (readUsed, readLimit));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("x/7")]
    public void WhatIsNoFigureIsNotRead(string? text) => Assert.False(SignalBudget.TryParse(text, out _, out _));
}
