using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Profiles;

/// <summary>What becomes of samples for which there is no room.</summary>
public sealed class LastingSamplesTests
{
    private const nuint Merged = (nuint)PseudoFrame.MergedStacks;

    private readonly LastingSamples _samples = new(1, maxSamples: 64, maxFrames: 1 << 20);

    [Fact]
    public void WhatIsThereStaysWhereItIsAndBecomesOnlyMore()
    {
        long added = 0;
        for (int round = 0; round < 20; round++)
        {
            var before = new SampleTable(1);
            before.Add(_samples.Samples);
            for (int i = 0; i < 100; i++)
            {
                // More by far than there is room for, and the later the larger.
                nuint[] stack = [(nuint)(0x100000 + (round * 100) + i), (nuint)(0x9000 + i), 0x10, 0x11, 0x12, 0x13];
                _ = _samples.Add(stack, LabelSet.Empty, LabelSet.Empty, round + 1);
                added += round + 1;
            }

            for (int i = 0; i < before.Count; i++)
            {
                Assert.Equal(before.Stack(i), _samples.Samples.Stack(i));
                Assert.InRange(_samples.Samples.Values(i)[0], before.Values(i)[0], long.MaxValue);
            }
        }

        Assert.InRange(_samples.Count, 50, 64);
        Assert.Equal(added, Sum());
        Assert.NotEqual(0, _samples.Merged);
        Assert.True(_samples.Samples.IndexOf([Merged, 0x10, 0x11, 0x12, 0x13], LabelSet.Empty) >= 0);
    }

    /// <summary>A leak that begins late is seen, though what came first has most of the room.</summary>
    [Fact]
    public void AStackThatComesAgainAndAgainGetsRoom()
    {
        for (int i = 0; i < 100; i++)
        {
            Add((nuint)(0x100000 + i));
        }

        for (int i = 0; i < 100; i++)
        {
            Add(0x7000);
        }

        int late = _samples.Samples.IndexOf([0x7000, 0x2000], LabelSet.Empty);
        Assert.True(late >= 0);
        Assert.InRange(_samples.Samples.Values(late)[0], 50, 100);
        Assert.Equal(200, Sum());
    }

    [Fact]
    public void FewerLabelsAreTriedBeforeFewerFrames()
    {
        var size = new LabelSet([new Label("bytes", null, 24, "bytes")]);
        for (int i = 0; i < 1_000; i++)
        {
            _ = _samples.Add([0x1000, 0x2000], new LabelSet([new Label("span_id", $"{i}")]), size, 1);
        }

        SampleTable samples = _samples.Samples;
        Assert.Equal(1_000, Sum());
        Assert.InRange(_samples.Merged, 0, 3);
        Assert.InRange(samples.Values(samples.IndexOf([0x1000, 0x2000], size))[0], 900, 999);
        Assert.True(samples.IndexOf([0x1000, 0x2000], new LabelSet([new Label("span_id", "0")])) >= 0);
    }

    /// <summary>Frames are bounded as samples are, also where nothing has anything in common.</summary>
    [Fact]
    public void SoAreFrames()
    {
        var samples = new LastingSamples(1, maxSamples: 1 << 20, maxFrames: 1_000);
        for (int i = 0; i < 10_000; i++)
        {
            nuint[] stack = [.. Enumerable.Range(0, 50).Select(frame => (nuint)(0x100000 + (i * 50) + frame))];
            _ = samples.Add(stack, LabelSet.Empty, LabelSet.Empty, 1);
        }

        Assert.InRange(samples.Samples.FrameCount, 750, 1_010);
    }

    private void Add(nuint leaf) => _ = _samples.Add([leaf, 0x2000], LabelSet.Empty, LabelSet.Empty, 1);

    private long Sum() => Enumerable.Range(0, _samples.Count).Sum(i => _samples.Samples.Values(i)[0]);
}
