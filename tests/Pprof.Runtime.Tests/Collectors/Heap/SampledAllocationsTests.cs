using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

public sealed class SampledAllocationsTests
{
    /// <summary>More stacks than there is room for: later ones are merged into what they have in common, and nothing is lost.</summary>
    [Fact]
    public void TooManyStacksAreMergedAndNothingIsLost()
    {
        var sampled = new SampledAllocations(maxSamples: 64, maxFrames: 1 << 20);
        long bytes = 0;
        SinkSample big = sampled.Add([0x9000, 0x1000, 0x2000], 1 << 20, 100, default);
        sampled.AddLive(big, 1 << 20, 100);
        for (uint i = 1; i <= 1_000; i++)
        {
            SinkSample sample = sampled.Add([0x9000, 0x100000 + i, 0x10, 0x11, 0x12, 0x13], 1000, 10, default);
            bytes += 10_000;
            sampled.AddLive(sample, 1000, 10);
            sampled.AddLive(sample, 1000, -10);
        }

        var table = new SampleTable(4);
        sampled.CopyTo(table);
        int[] all = [.. Enumerable.Range(0, table.Count)];
        int[] merged = [.. all.Where(i => table.Stack(i)[0] == (nuint)PseudoFrame.MergedStacks)];

        Assert.InRange(sampled.Count, 2, 64);
        Assert.Equal(bytes + (100L << 20), all.Sum(i => table.Values(i)[1]));
        Assert.Equal(100L << 20, all.Sum(i => table.Values(i)[3]));
        int survivor = Assert.Single(all, i => table.Stack(i) is [0x9000, 0x1000, 0x2000]);
        Assert.Equal([100, 100L << 20, 100, 100L << 20], table.Values(survivor).ToArray());
        int only = Assert.Single(merged);
        Assert.Equal([(nuint)PseudoFrame.MergedStacks, 0x10, 0x11, 0x12, 0x13], table.Stack(only).ToArray());
        Assert.NotEqual(0, sampled.MergedSamples(inWindow: false));
    }

    /// <summary>Labels of threads may be of any number, such as one for each request: the profile of the process's life has none.</summary>
    [Fact]
    public void LabelsOfThreadsAreKeptInWindowsAlone()
    {
        var sampled = new SampledAllocations();
        SampledLabels labels = AllLabels(new Label("tenant", "a"));
        SinkSample before = sampled.Add([0x9000, 0x1000], 1000, 10, labels);
        sampled.AddLive(before, 1000, 10);

        sampled.OpenWindow();
        SinkSample inside = sampled.Add([0x9000, 0x1000], 1000, 20, labels);
        sampled.AddLive(inside, 1000, 20);
        sampled.AddLive(before, 1000, -10);

        Assert.Equal(["bytes=1024: 30 30000 20 20000"], Samples(sampled, inWindow: false));
        Assert.Equal(["bytes=1024 tenant=a: 20 20000 20 20000", "bytes=1024: 0 0 -10 -10000"], Samples(sampled, inWindow: true));

        sampled.CloseWindow();
        sampled.OpenWindow();
        sampled.AddLive(inside, 1000, -20);

        Assert.Equal(["bytes=1024: 0 0 -20 -20000"], Samples(sampled, inWindow: true));
        Assert.Equal(["bytes=1024: 30 30000 0 0"], Samples(sampled, inWindow: false));
    }

    /// <summary>What is rare and has no labels keeps its room, what has labels keeps them, and what is alive stays with it.</summary>
    [Fact]
    public void LabelsOfOneStackDoNotDisplaceOthers()
    {
        var sampled = new SampledAllocations(maxSamples: 512, maxFrames: 1 << 20);
        sampled.OpenWindow();
        SinkSample[] cold = [.. Enumerable.Range(1, 100).Select(i => sampled.Add([0x9000, (nuint)(0x100000 + i)], 100, 1, default))];
        for (int i = 0; i < 1_000; i++)
        {
            sampled.Add([0x9000, 0x1000, 0x2000], 1000, 10, AllLabels(new Label("span_id", $"{i}")));
        }

        Array.ForEach(cold, sample => sampled.AddLive(sample, 100, 1));
        var table = new SampleTable(4);
        sampled.CopyTo(table, inWindow: true);
        int[] all = [.. Enumerable.Range(0, table.Count)];

        Assert.Equal(100, all.Count(i => table.Stack(i).Length == 2 && table.Values(i).SequenceEqual([1, 100, 1, 100])));
        Assert.Equal(10_100, all.Sum(i => table.Values(i)[0]));
        Assert.InRange(all.Count(i => table.Labels(i).Labels.Any(static label => label.Key == "span_id")), 250, 411);
        Assert.InRange(sampled.MergedSamples(inWindow: true), 0, 3);
        Assert.Equal(101, sampled.Count);
    }

    /// <summary>What a table has once it has for ever.</summary>
    [Fact]
    public void RoutesGetNoMoreThanHalfOfTheRoom()
    {
        var sampled = new SampledAllocations(maxSamples: 64, maxFrames: 1 << 20);
        for (int i = 0; i < 1_000; i++)
        {
            sampled.Add([0x9000, 0x1000], 100, 1, new SampledLabels(LabelSet.Empty, new LabelSet([new Label("http_route", $"/{i % 100}")])));
        }

        var table = new SampleTable(4);
        sampled.CopyTo(table);

        Assert.Equal(33, table.Count);
        Assert.Equal(32, Enumerable.Range(0, table.Count).Count(i => table.Labels(i).Labels.Count == 2 && table.Values(i)[0] == 10));
        Assert.Equal(1_000, Enumerable.Range(0, table.Count).Sum(i => table.Values(i)[0]));
    }

    private static SampledLabels AllLabels(Label label) => new(new LabelSet([label]), LabelSet.Empty);

    [Theory]
    [InlineData(24, 24)]
    [InlineData(256, 256)]
    [InlineData(257, 320)]
    [InlineData(320, 320)]
    [InlineData(1000, 1024)]
    [InlineData(1024, 1024)]
    [InlineData(1025, 1280)]
    [InlineData(200_024, 229_376)]
    public void SizesAreCountedTogether(long size, long expected) => Assert.Equal(expected, SampledAllocations.SizeClass(size));

    private static string[] Samples(SampledAllocations sampled, bool inWindow)
    {
        var table = new SampleTable(4);
        sampled.CopyTo(table, inWindow);
        return
        [
            .. Enumerable.Range(0, table.Count).Select(i =>
                $"{string.Join(' ', table.Labels(i).Labels.Select(static label => $"{label.Key}={label.Text}{(label.Text is null ? label.Number : "")}"))}: {string.Join(' ', table.Values(i).ToArray())}"),
        ];
    }
}
