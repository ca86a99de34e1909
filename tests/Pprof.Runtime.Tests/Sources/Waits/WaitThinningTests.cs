using System.Diagnostics;
using Pprof.Sources.Allocations;
using Pprof.Sources.Waits;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

public sealed class WaitThinningTests
{
    private const ulong Short = 10_000;
    private const ulong Second = 1_000_000_000;
    private const uint Certain = uint.MaxValue;

    private readonly AllocationRing _ring = AllocationRing.TryCreate()!;
    private readonly WaitThinning _thinning;
    private long _now;

    public WaitThinningTests() => _thinning = new WaitThinning(_ring, _now);

    [Theory]
    [InlineData(100, 1)]
    [InlineData(390, 1)]
    [InlineData(1_000, 4)]
    [InlineData(10_000, 40)]
    [InlineData(100_000, 400)]
    public void OneStandsForSoManyThatThereAreSome2500InASecond(int waits, int expected)
    {
        See(waits, Certain, Short, milliseconds: 100);

        Assert.Equal(expected, _thinning.WeightOf(KeepOf(Short)));
    }

    // They were in the ring when the chance changed. By their number there would be 40 times as many as there are.
    [Fact]
    public void RecordsOfAnotherChanceCountByWhatTheyStandFor()
    {
        See(10_000, Certain, Short, milliseconds: 100);

        See(1_000, Certain, Short, milliseconds: 10);
        See(500, Certain, Short, milliseconds: 5);

        Assert.Equal(40, _thinning.WeightOf(KeepOf(Short)));
    }

    [Fact]
    public void ItStaysWhereSoManyCome()
    {
        See(10_000, Certain, Short, milliseconds: 100);

        for (int window = 0; window < 20; window++)
        {
            See(window % 2 == 0 ? 200 : 300, KeepOf(Short), Short, milliseconds: 100);
        }

        Assert.Equal(40, _thinning.WeightOf(KeepOf(Short)));
    }

    [Theory]
    [InlineData(Short, 400)]
    [InlineData(4_000_000, 100)]
    [InlineData(Second, 1)]
    public void LongOnesStandForFewer(ulong nanoseconds, int expected)
    {
        See(100_000, Certain, Short, milliseconds: 100);

        Assert.InRange(_thinning.WeightOf(KeepOf(nanoseconds)), expected, expected * 1.1);
    }

    [Fact]
    public void WhereLongOnesAreTooMany_OneOfThemStandsForSomeToo()
    {
        for (int window = 0; window < 20; window++)
        {
            double taken = 10_000 * (KeepOf(Second) / 4294967296.0);
            See((int)Math.Round(taken), KeepOf(Second), Second, milliseconds: 100);
        }

        Assert.InRange(_thinning.WeightOf(KeepOf(Second)), 25, 60);
    }

    [Fact]
    public void ItEndsWithThemByHalves()
    {
        See(10_000, Certain, Short, milliseconds: 100);

        int windows = 0;
        for (; KeepOf(Short) != Certain; windows++)
        {
            See(0, Certain, Short, milliseconds: 100);
        }

        Assert.Equal(5, windows);
    }

    private uint KeepOf(ulong nanoseconds) => _ring.Keep[AllocationRing.ClassOf(nanoseconds)];

    private void See(int records, uint keep, ulong nanoseconds, int milliseconds)
    {
        for (int i = 0; i < records; i++)
        {
            _thinning.Count(keep, nanoseconds);
        }

        _now += milliseconds * Stopwatch.Frequency / 1000;
        _thinning.Adapt(_now);
    }
}
