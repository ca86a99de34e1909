using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed class SilenceTests
{
    [Fact]
    public void IsTooLongWhereMuchIsAllocatedAndNothingIsToldOf()
    {
        var silence = new Silence();
        silence.Begin(told: 7, allocated: 1_000);

        Assert.False(silence.IsTooLong(7, 30_000_000));
        Assert.True(silence.IsTooLong(7, 40_000_000));
        Assert.False(silence.IsTooLong(8, 40_000_000));
        Assert.False(silence.IsTooLong(8, 70_000_000));
        Assert.True(silence.IsTooLong(8, 80_000_000));
        silence.Begin(8, 80_000_000);
        Assert.False(silence.IsTooLong(8, 110_000_000));
    }

    /// <summary>Where a few events are missing that may be chance.</summary>
    [Fact]
    public void MissingBytesAreThoseSinceItLastTold()
    {
        var silence = new Silence();
        silence.Begin(told: 7, allocated: 1_000);

        Assert.Equal(0, silence.Bytes(7, 2_000_000));
        Assert.Equal(5_000_000, silence.Bytes(7, 5_001_000));
        Assert.Equal(0, silence.Bytes(8, 9_000_000));
        Assert.Equal(6_000_000, silence.Bytes(8, 15_000_000));
    }
}
