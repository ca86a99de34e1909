using Pprof.Encoding;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding;

/// <summary>What is missing, in words.</summary>
public sealed class GapTextTests
{
    /// <summary>However little a profile may have, what it has lost can be read.</summary>
    [Theory]
    [InlineData(42, int.MaxValue, "the 42 smallest samples have no labels any more")]
    [InlineData(42, 8, "the 42 smallest samples have no labels any more, and of long stacks the 8 outermost frames alone: [rare stacks] stands for the others")]
    [InlineData(42, 1, "the 42 smallest samples have no labels any more, and of long stacks the outermost frame alone: [rare stacks] stands for the others")]
    [InlineData(42, 0, "the 42 smallest samples have neither labels nor stacks any more: [rare stacks] stands for them")]
    [InlineData(1, 0, "the smallest sample has neither labels nor stacks any more: [rare stacks] stands for them")]
    public void WhatWasAddedUpIsSaid(long samples, int frames, string expected)
    {
        var profile = new Profile { Shape = Shapes.Heap, Gaps = new ProfileGaps().WithReduction(samples, frames) };

        Assert.Equal([expected + "; all together are more than MaxProfileSamples and MaxProfileBytes allow"], GapText.Comments(profile));
    }

    /// <summary>A difference of what is in use is empty where no collection has looked, whatever has leaked meanwhile.</summary>
    [Theory]
    [InlineData(7, 7, true)]
    [InlineData(7, 8, false)]
    [InlineData(null, null, false)]
    public void WithoutACollectionADifferenceSaysWhatItCannotKnow(int? before, int? after, bool isSaid)
    {
        var gaps = ProfileGaps.Between(new ProfileGaps { Collections = before }, new ProfileGaps { Collections = after });

        Assert.Equal(isSaid, GapText.Incomplete(gaps).Any(static text => text.Contains("no garbage collection came meanwhile", StringComparison.Ordinal)));
    }
}
