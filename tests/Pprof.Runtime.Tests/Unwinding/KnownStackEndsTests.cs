using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

public sealed class KnownStackEndsTests
{
    private const nuint Start = 0x7000;
    private const nuint Pc = 0x4000;

    /// <summary>Only where the same return addresses are at the same places.</summary>
    [Theory]
    [InlineData(0u, 0x4000u, 0x5000u, true)]
    [InlineData(0u, 0x4000u, 0x5001u, false)]
    [InlineData(0u, 0x4001u, 0x5000u, false)]
    [InlineData(8u, 0x4000u, 0x5000u, false)]
    public void AnEndThatWasUnwoundIsKnownAgain(uint moved, uint pc, uint address, bool isKnown)
    {
        var ends = new KnownStackEnds();
        var memory = new StackMemory(Start, [1, 0x5000, 2, 0x6000]);
        Assert.False(ends.IsKnown(Start, Pc, in memory));
        ends.Add(Start + 8, 0x5000);
        ends.Add(Start + 24, 0x6000);
        ends.Remember();
        ends.Forget();

        var later = new StackMemory(Start, [3, address, 4, 0x6000]);

        Assert.Equal(isKnown, ends.IsKnown(Start + moved, pc, in later));
    }

    /// <summary>A managed frame comes after frames that start threads: they are no end.</summary>
    [Fact]
    public void WhatWasForgottenIsNotKnown()
    {
        var ends = new KnownStackEnds();
        var memory = new StackMemory(Start, [1, 0x5000]);
        Assert.False(ends.IsKnown(Start, Pc, in memory));
        ends.Add(Start + 8, 0x5000);
        ends.Forget();
        ends.Remember();

        Assert.False(ends.IsKnown(Start, Pc, in memory));
    }
}
