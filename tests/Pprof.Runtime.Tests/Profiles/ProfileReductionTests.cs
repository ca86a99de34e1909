using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Profiles;

/// <summary>What a profile loses that is too large.</summary>
public sealed class ProfileReductionTests
{
    private const nuint Merged = (nuint)PseudoFrame.MergedStacks;

    private readonly Profile _profile = new()
    {
        Shape = new ProfileShape
        {
            SampleTypes = [new("objects", "count"), new("space", "bytes")],
            PeriodType = new("space", "bytes"),
        },
        Period = 100,
        TimeNanos = 7,
        DurationNanos = 3,
        SampledFraction = 2,
        Gaps = new ProfileGaps { LostSamples = 5 },
    };

    [Fact]
    public void LabelsOfTheSmallestAreLeftOutFirst()
    {
        Add([1000, 2000], "large", 1, 900);
        Add([1000, 2000], "small", 1, 10);
        Add([1000, 2000], "smaller", 1, 9);
        Add([1000, 2000], "smallest", 1, 8);

        Profile reduced = ProfileReduction.To(_profile, 3);

        Assert.Equal(["1000 2000 {large} 1 900", "1000 2000 {small} 1 10", "1000 2000 {} 2 17"], Samples(reduced));
        Assert.Equal((2, int.MaxValue), (reduced.Gaps.ReducedSamples, reduced.Gaps.ReducedToFrames));
    }

    [Fact]
    public void ThenInnerFramesAreLeftOutUntilItIsSmallEnough()
    {
        nuint[] callers = [.. Enumerable.Range(0, 40).Select(static i => (nuint)(100_000 + i))];
        for (int i = 0; i < 100; i++)
        {
            Add([(nuint)(10_000 + i), .. callers], $"{i}", 1, 100 + i);
        }

        Profile reduced = ProfileReduction.To(_profile, 10);

        Assert.Equal(10, reduced.Samples.Count);
        Assert.Equal($"{10_099} {string.Join(' ', callers)} {{99}} 1 199", Samples(reduced)[0]);
        Assert.Equal($"{Merged} {string.Join(' ', callers[^32..])} {{}} 91 {Enumerable.Range(100, 91).Sum()}", Samples(reduced)[^1]);
        Assert.Equal((91, 32), (reduced.Gaps.ReducedSamples, reduced.Gaps.ReducedToFrames));
    }

    [Fact]
    public void AtLeastHalfOfTheRoomIsForTheLargest()
    {
        for (int i = 0; i < 1_000; i++)
        {
            // No frame in common with any other.
            Add([(nuint)(10_000 + i), (nuint)(20_000 + i), (nuint)(30_000 + i)], null, 1, i + 1);
        }

        Profile reduced = ProfileReduction.To(_profile, 100);

        Assert.Equal(100, reduced.Samples.Count);
        Assert.Equal(Enumerable.Range(0, 99).Select(static i => 1_000L - i), Enumerable.Range(0, 99).Select(i => reduced.Samples.Values(i)[1]));
        Assert.Equal($"{Merged} {{}} 901 {901L * 902 / 2}", Samples(reduced)[^1]);
    }

    [Fact]
    public void ASampleIsAsLargeAsItsLargestValue()
    {
        Add([1000], null, 500, 1);
        Add([2000], null, 1, 500);
        Add([3000], null, -400, 0);
        Add([4000], null, 2, 2);
        Add([5000], null, 1, 1);

        Profile reduced = ProfileReduction.To(_profile, 4);

        Assert.Equal(["2000 {} 1 500", "1000 {} 500 1", "3000 {} -400 0", $"{Merged} {{}} 3 3"], Samples(reduced));
    }

    [Fact]
    public void AllElseStaysAsItIs()
    {
        Add([1000], null, 1, 1);
        Add([2000], null, 1, 1);
        _profile.Comments.Add("source");

        Profile reduced = ProfileReduction.To(_profile, 1);

        Assert.Equal(
            (_profile.Shape, 100, 7, 3, 2, 5),
            (reduced.Shape, reduced.Period, reduced.TimeNanos, reduced.DurationNanos, reduced.SampledFraction, reduced.Gaps.LostSamples));
        Assert.Equal(["source"], reduced.Comments);
        Assert.Equal([$"{Merged} {{}} 2 2"], Samples(reduced));
        Assert.Same(_profile, ProfileReduction.To(_profile, 2));
    }

    private void Add(nuint[] stack, string? label, long objects, long bytes) =>
        _profile.Samples.Add(stack, label is null ? LabelSet.Empty : new LabelSet([new Label("tenant", label)]), objects, bytes);

    private static string[] Samples(Profile profile) =>
    [
        .. Enumerable.Range(0, profile.Samples.Count).Select(i =>
            $"{string.Join(' ', profile.Samples.Stack(i).ToArray())} {{{string.Concat(profile.Samples.Labels(i).Labels.Select(static label => label.Text))}}} {string.Join(' ', profile.Samples.Values(i).ToArray())}"),
    ];
}
