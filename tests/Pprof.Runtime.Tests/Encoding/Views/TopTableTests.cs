using Pprof.Encoding.Protobuf;
using Pprof.Encoding.Views;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Encoding.Protobuf;
using Pprof.Symbols;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Views;

/// <summary>The table is the one that the real tool prints, letter by letter.</summary>
public sealed class TopTableTests : IDisposable
{
    private static readonly Dictionary<string, string> s_utc = new() { ["TZ"] = "UTC" };

    private readonly TemporaryFolder _folder = new();
    private readonly FakeSymbolizer _symbolizer = new();

    public void Dispose() => _folder.Dispose();

    [ToolTheory(Tools.Go)]
    [InlineData("cpu", 1, 1_000_000)]
    [InlineData("cpu", 2, 30)]
    [InlineData("cpu", 3, 40_000_000_000)]
    [InlineData("samples", 4, 5_000)]
    [InlineData("alloc_space", 5, 3_000)]
    [InlineData("inuse_space", 6, 900_000_000)]
    [InlineData("inuse_objects", 7, 12)]
    [InlineData("delay", 8, 100_000)]
    [InlineData("goroutine", 9, 3)]
    public async Task TheTextIsWhatTheToolPrints(string type, int seed, long largest)
    {
        Profile profile = Random(ShapeWith(type), seed, largest);

        await AssertIsWhatTheToolPrintsAsync(profile, type);
    }

    [ToolFact(Tools.Go)]
    public async Task DifferencesAreWhatTheToolPrints()
    {
        Profile profile = ProfileDelta.Between(Random(Shapes.Heap, 1, 1 << 22), Random(Shapes.Heap, 2, 1 << 22));

        await AssertIsWhatTheToolPrintsAsync(profile, "inuse_space");
    }

    /// <summary>Binary fractions lie exactly between two that are written, and the tool takes the even one.</summary>
    [ToolFact(Tools.Go)]
    public async Task WhatLiesBetweenTwoNumbersIsRoundedAsByTheTool()
    {
        Profile profile = Shapes.Heap.NewProfile();
        for (int i = 0; i < 64; i++)
        {
            nuint address = Name(i);
            profile.Samples.Add([address], LabelSet.Empty, i + 1, (1024L * 1024) + (i * 128), 1, (i + 1) * 1024L * 1024 / 8);
        }

        await AssertIsWhatTheToolPrintsAsync(profile, "alloc_space");
        await AssertIsWhatTheToolPrintsAsync(profile, "inuse_space");
        await AssertIsWhatTheToolPrintsAsync(profile, "alloc_objects");
    }

    [ToolFact(Tools.Go)]
    public async Task AProfileWithoutSamplesIsWhatTheToolPrints() => await AssertIsWhatTheToolPrintsAsync(Shapes.Goroutine.NewProfile(), "goroutine");

    [Fact]
    public void ARecursiveFunctionCountsOnce()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        profile.Samples.Add([Name(1), Name(2), Name(1)], LabelSet.Empty, 5);

        TopTable table = TopTable.Of(profile, _symbolizer, 0, new LabelFilter("", ""));

        Assert.Equal(["5 5 Some.Function1", "0 5 Some.Function2"], table.Rows.Select(row => $"{row.FlatValue} {row.CumulativeValue} {row.Name}"));
    }

    [Fact]
    public void LabelsChooseSamplesAndBecomeFrames()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        profile.Samples.Add([Name(1)], new LabelSet([new Label("route", "/a"), new Label("tenant", "acme")]), 5);
        profile.Samples.Add([Name(1)], new LabelSet([new Label("tenant", "blue")]), 2);
        profile.Samples.Add([Name(1)], LabelSet.Empty, 1);

        Assert.Equal(["8 Some.Function1"], Rows("", ""));
        Assert.Equal(["5 Some.Function1"], Rows("tenant=acme", ""));
        Assert.Equal(["7 Some.Function1"], Rows("tenant=acme,blu", ""));
        Assert.Equal(["5 Some.Function1"], Rows("/a", ""));
        Assert.Equal([], Rows("tenant=nobody", ""));
        Assert.Equal(["8 Some.Function1", "1 (no tenant)", "5 tenant=acme", "2 tenant=blue"], Rows("", "tenant"));

        IEnumerable<string> Rows(string focus, string root) =>
            TopTable.Of(profile, _symbolizer, 0, new LabelFilter(focus, root)).Rows.Select(row => $"{row.CumulativeValue} {row.Name}");
    }

    private async Task AssertIsWhatTheToolPrintsAsync(Profile profile, string type)
    {
        int index = TopTable.IndexOf(profile.Shape, type)!.Value;
        string text = TopText.Of(TopTable.Of(profile, _symbolizer, index, new LabelFilter("", "")));
        string file = Path.Combine(_folder.Path, "profile.pb.gz");
        File.WriteAllBytes(file, ProfileEncoder.Encode(profile, _symbolizer, ProfileBudget.Any));

        ProcessResult tool = await ChildProcess.RunAsync(Tools.PathOf(Tools.Go), ["tool", "pprof", "-top", "-sample_index=" + type, file], _folder.Path, s_utc);

        Assert.Equal(tool.Succeeded().Output, text);
    }

    private static ProfileShape ShapeWith(string type) =>
        new[] { Shapes.Cpu, Shapes.Heap, Shapes.Block, Shapes.Goroutine }.First(shape => TopTable.IndexOf(shape, type) is not null);

    private Profile Random(ProfileShape shape, int seed, long largest)
    {
        var random = new Random(seed);
        Profile profile = shape.NewProfile();
        profile.DurationNanos = random.NextInt64(1, 20_000_000_000);
        profile.Comments.Add("source: chance");
        profile.Comments.Add("# not shown");
        for (int i = 0; i < 400; i++)
        {
            // Few are large, as in life.
            nuint[] stack = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Name(random.Next(1, 120)))];
            long[] values = [.. shape.SampleTypes.Select(_ => (long)(largest * Math.Pow(random.NextDouble(), 6)))];
            profile.Samples.Add(stack, LabelSet.Empty, values);
        }

        return profile;
    }

    /// <summary>The address of a function; some have no name.</summary>
    private nuint Name(int number)
    {
        nuint address = (nuint)(number % 10 == 9 ? 0x50000 : 0x10000) + (nuint)(number * 16);
        if (number % 10 != 9)
        {
            _symbolizer.Symbols[address] = new FrameSymbol($"Some.Function{number}", FileName: "/src/File.cs", Line: number);
        }

        return address;
    }
}
