using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Managed;

public sealed class PassingNamesTests
{
    private readonly PassingNames _names = new(limit: 5, ofShape: 2);

    [Fact]
    public void OfThoseThatDifferInNumbersAloneSomeHaveNamesOfTheirOwn()
    {
        Assert.Equal(["Call_1_Invoke", "Call_22_Invoke", "Call_#_Invoke", "Call_1_Invoke", "Call_#_Invoke"], Of("Call_1_Invoke", "Call_22_Invoke", "Call_333_Invoke", "Call_1_Invoke", "Call_4_Invoke"));
        Assert.Equal(["Call_1", "#Call"], [.. Of("Call_1"), .. Of("1Call", "2Call", "3Call")[^1..]]);
        Assert.Equal(2, _names.SharedNames);
    }

    [Fact]
    public void ThereIsNoMoreThanTheLimitWhateverTheyAreCalled()
    {
        string[] seen = [.. Enumerable.Range(0, 1_000).SelectMany(i => Of($"Call_{i}", new string((char)('a' + (i % 26)), 1 + (i / 26))))];

        Assert.InRange(seen.Distinct().Count(), 5, 8);
        Assert.Equal("[methods made at run time]", seen[^1]);
        Assert.Equal("Call_#", seen[^2]);
    }

    /// <summary>A name of its own has a place in the source; one that is shared has none.</summary>
    [Fact]
    public void WhatIsSharedIsOfNoFile()
    {
        var symbol = new FrameSymbol("Call_1", "Made::Call_1", "made.cs", 12);

        Assert.Equal(symbol, _names.Of(symbol));
        Of("Call_2");
        Assert.Equal(new FrameSymbol("Call_#"), _names.Of(symbol with { Name = "Call_3" }));
    }

    private string[] Of(params string[] names) => [.. names.Select(name => _names.Of(new FrameSymbol(name)).Name)];
}
