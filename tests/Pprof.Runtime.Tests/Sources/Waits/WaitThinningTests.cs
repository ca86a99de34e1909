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
    private ulong _head = 1;
    private long _now;

    public WaitThinningTests() => _thinning = new WaitThinning(_ring, _now, _head);

    [Theory]
    [InlineData(100, 1)]
    [InlineData(390, 1)]
    [InlineData(1_000, 4)]
    [InlineData(10_000, 40)]
    [InlineData(100_000, 400)]
    public void OneStandsForSoManyThatThereAreSome2500InASecond(int waits, int expected)
    {
        See(waits, milliseconds: 100);

        Assert.Equal(expected, _thinning.WeightOf(KeepOf(Short)));
    }

    // By their number there would be 40 times as many as there are.
    [Fact]
    public void RecordsThatWereThereWhenTheChanceChangedAreNotCounted()
    {
        See(10_000, milliseconds: 100);

        See(1_000, milliseconds: 10, at: _head - 1);
        See(250, milliseconds: 90);

        Assert.Equal(40, _thinning.WeightOf(KeepOf(Short)));
    }

    [Fact]
    public void ItStaysWhereSoManyCome()
    {
        See(10_000, milliseconds: 100);

        for (int window = 0; window < 20; window++)
        {
            See(window % 2 == 0 ? 200 : 300, milliseconds: 100);
        }

        Assert.Equal(40, _thinning.WeightOf(KeepOf(Short)));
    }

    [Theory]
    [InlineData(Short, 400)]
    [InlineData(4_000_000, 100)]
    [InlineData(Second, 1)]
    public void LongOnesStandForFewer(ulong nanoseconds, int expected)
    {
        See(100_000, milliseconds: 100);

        Assert.InRange(_thinning.WeightOf(KeepOf(nanoseconds)), expected, expected * 1.1);
    }

    [Fact]
    public void WhereLongOnesAreTooMany_OneOfThemStandsForSomeToo()
    {
        for (int window = 0; window < 20; window++)
        {
            See((int)Math.Round(10_000 * (KeepOf(Second) / 4294967296.0)), milliseconds: 100);
        }

        Assert.InRange(_thinning.WeightOf(KeepOf(Second)), 25, 60);
    }

    [Fact]
    public void ItEndsWithThemByHalves()
    {
        See(10_000, milliseconds: 100);

        int windows = 0;
        for (; KeepOf(Short) != Certain; windows++)
        {
            See(0, milliseconds: 100);
        }

        Assert.Equal(5, windows);
    }

    [Fact]
    public void WhatBeginsAgainBeginsWithAll()
    {
        See(10_000, milliseconds: 100);

        _thinning.Restart(_now, _head);

        Assert.Equal(Certain, KeepOf(Short));
    }

    /// <summary>Of a contention of which a part could have been recorded, and then the whole, each with a chance of one in three.</summary>
    [Fact]
    public void AWeightThatIsNoWholeNumberIsRightOnAverage()
    {
        const int Times = 10_000;
        const uint FiveNinths = (uint)(5 * 4294967296L / 9);

        double sum = Enumerable.Range(0, Times).Sum(_ => _thinning.WeightOf(FiveNinths));

        // It is 1 or 2, with a standard deviation of 0.4: ten of them.
        Assert.InRange(sum / Times, 1.76, 1.84);
    }

    private uint KeepOf(ulong nanoseconds) => _ring.Keep[AllocationRing.ClassOf(nanoseconds)];

    private void See(int records, int milliseconds, ulong? at = null)
    {
        for (int i = 0; i < records; i++)
        {
            _thinning.Count(at ?? _head);
        }

        _now += milliseconds * Stopwatch.Frequency / 1000;
        _head++;
        _thinning.Adapt(_now, _head);
    }
}
