using Pprof.Sources.Allocations.Callback;
using Pprof.Sources.Allocations.Linked;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed class SamplingRateTests
{
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
}
