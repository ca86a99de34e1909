using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Profiles;

/// <summary>What of a profile is in the answer to one who asks again and again.</summary>
public sealed class ProfileIncrementsTests
{
    private static readonly LabelSet s_large = new([new Label("bytes", null, 4096, "bytes")]);

    private readonly ProfileIncrements _increments = new(cumulative: 2);
    private long _time = 1_000;

    [Fact]
    public void WhatWasAllocatedIsSubtractedAndWhatIsInUseIsNot()
    {
        string[] first = Next(([0x1000], [10, 1_000, 4, 400]), ([0x2000], [5, 50, 0, 0]));
        string[] second = Next(([0x1000], [12, 1_200, 3, 300]), ([0x2000], [5, 50, 0, 0]));
        string[] third = Next(([0x1000], [12, 1_200, 3, 300]), ([0x2000], [6, 60, 0, 0]), ([0x3000], [1, 10, 1, 10]));

        Assert.Equal(["1000: 10 1000 4 400", "2000: 5 50 0 0"], first);
        Assert.Equal(["1000: 2 200 3 300"], second);
        Assert.Equal(["1000: 0 0 3 300", "2000: 1 10 0 0", "3000: 1 10 1 10"], third);
    }

    [Fact]
    public void SamplesAreKnownByStackAndLabelsWhereverTheyStand()
    {
        Next(([0x1000], [10, 1_000, 0, 0]), ([0x2000], [5, 50, 0, 0]));
        var table = new SampleTable(4);
        table.Add([0x2000], LabelSet.Empty, 6, 60, 0, 0);
        table.Add([0x1000], s_large, 7, 700, 0, 0);
        table.Add([0x1000], LabelSet.Empty, 10, 1_000, 0, 0);

        Assert.Equal(["2000: 1 10 0 0", "1000: 7 700 0 0"], Next(table));
    }

    /// <summary>Sampling that was switched off and on again.</summary>
    [Fact]
    public void WhatBeganAnewHasComeSince()
    {
        Next(([0x1000], [10, 1_000, 4, 400]), ([0x2000], [5, 50, 0, 0]));

        Assert.Equal(["1000: 3 300 1 100"], Next(([0x1000], [3, 300, 1, 100])));
        Assert.Equal(["1000: 1 100 1 100"], Next(([0x1000], [4, 400, 1, 100])));
    }

    [Fact]
    public void TheAnswerSaysForHowLongItIs()
    {
        var table = new SampleTable(4);
        Profile first = Profile(table);
        Profile second = Profile(table);

        Assert.Equal((0, 2_000), (_increments.Next(first).DurationNanos, first.TimeNanos));
        Assert.Equal(1_000, _increments.Next(second).DurationNanos);
    }

    private string[] Next(params (nuint[] Stack, long[] Values)[] samples)
    {
        var table = new SampleTable(4);
        foreach ((nuint[] stack, long[] values) in samples)
        {
            table.Add(stack, LabelSet.Empty, values);
        }

        return Next(table);
    }

    private string[] Next(SampleTable table)
    {
        SampleTable next = _increments.Next(Profile(table)).Samples;
        return [.. Enumerable.Range(0, next.Count).Select(i => $"{next.Stack(i)[0]:x}: {string.Join(' ', next.Values(i).ToArray())}")];
    }

    private Profile Profile(SampleTable table)
    {
        _time += 1_000;
        var profile = new Profile { Shape = Shapes.Heap, TimeNanos = _time };
        profile.Samples.Add(table);
        return profile;
    }
}
