using Pprof.Sources.Allocations.Callback;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed class AllocationRingTests
{
    [Fact]
    public void ASizeIsInItsClass()
    {
        for (ulong size = 8; size < 1UL << 40; size += 1 + (size / 7))
        {
            int sizeClass = AllocationRing.ClassOf(size);
            Assert.True(AllocationRing.SizeOf(sizeClass) <= size && size < AllocationRing.SizeOf(sizeClass + 1), $"{size} is not in class {sizeClass}");
        }
    }

    [Theory]
    [InlineData(1024, 1.0, 100.5)]
    [InlineData(102_400, 1.0, 1.582)]
    [InlineData(10_000_000, 1.0, 1.0)]
    [InlineData(1024, 0.25, 402.0)]
    public void AnObjectStandsForThoseThatWereNotSampled(double size, double chance, double expected) =>
        Assert.Equal(expected, ThinnedRate.Weight(size, (ulong)(chance * 4294967296)), expected / 1000);
}
