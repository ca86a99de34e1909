using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;
using Pprof.Sources.Allocations.Linked;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed unsafe class SamplingRateTests
{
    // `head` of `control` in ring.h.
    private const int Head = 128;

    [Theory]
    [InlineData(1024, 1.0, 100.5)]
    [InlineData(102_400, 1.0, 1.582)]
    [InlineData(10_000_000, 1.0, 1.0)]
    [InlineData(1024, 0.25, 402.0)]
    public void AnObjectStandsForThoseThatWereNotSampled(double size, double chance, double expected) =>
        Assert.Equal(expected, ThinnedRate.Weight(size, (ulong)(chance * 4294967296)), expected / 1000);

    [Theory]
    [InlineData(1024, 102_400, 100.5)]
    [InlineData(102_400, 102_400, 1.582)]
    [InlineData(10_000_000, 102_400, 1.0)]
    [InlineData(24, 524_288, 21_846.0)]
    public void AnObjectThatCoversAPointStandsForThoseThatCoverNone(double size, double period, double expected) =>
        Assert.Equal(expected, PointRate.Weight(size, period), expected / 1000);

    /// <summary>Who means never: it is reckoned with numbers of 64 bits.</summary>
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 41)]
    public void NoRateIsLargerThanWhatCanBeReckonedWith(long asked)
    {
        var rate = new PointRate(AllocationRing.TryCreate()!);

        rate.Set(asked);

        Assert.Equal((1L << 40, 1L << 40), (rate.Asked, rate.Current));
    }

    /// <summary>A ring of 2 MB, from half of which on fewer samples are taken, at last one where there would be 4,096.</summary>
    [Theory]
    [InlineData(1_048_576, 65_536)]
    [InlineData(1_048_576 + 1_024, 2 * 65_536)]
    [InlineData(1_048_576 + (1_048_576 / 2), 128 * 65_536)]
    [InlineData(2_097_152 - 512, 4_096 * 65_536)]
    public void WhatOneStandsForWhileTheRingIsFullIsKnownThoughNoneWasTaken(long used, long expected)
    {
        AllocationRing ring = AllocationRing.TryCreate()!;
        var rate = new PointRate(ring);
        rate.Set(65_536);
        *(long*)(ring.Address + Head) = used;
        var before = new AllocationRecord { Size = 1_000, Period = 65_536 };

        _ = rate.WeightOf(&before);

        Assert.Equal(expected, rate.Largest);
    }
}
