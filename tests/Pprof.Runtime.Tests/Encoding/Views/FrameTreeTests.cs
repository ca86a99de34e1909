using System.Text.Json;
using Pprof.Encoding.Protobuf;
using Pprof.Encoding.Views;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Encoding.Protobuf;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Views;

public sealed class FrameTreeTests
{
    private static readonly LabelFilter s_all = new("", "");

    private readonly FakeSymbolizer _symbolizer = new();
    private readonly Profile _profile = Shapes.Block.NewProfile();

    [Fact]
    public void StacksWithCommonCallersShareThem()
    {
        Add("C B A", 1, 10);
        Add("D B A", 2, 20);
        Add("B A", 4, 40);
        Add("A B A", 8, 80);

        Assert.Equal(["A/B 4 40", "A/B/A 8 80", "A/B/C 1 10", "A/B/D 2 20"], Lines(Whole()));
    }

    [Fact]
    public void AFunctionIsOneWhateverItsAddress()
    {
        _symbolizer.Symbols[0x11000] = _symbolizer.Symbols[0x12000] = new FrameSymbol("A");
        _profile.Samples.Add([0x11000], LabelSet.Empty, 1, 1);
        _profile.Samples.Add([0x12000], LabelSet.Empty, 2, 2);
        _profile.Samples.Add([0x50010], LabelSet.Empty, 3, 3);

        Assert.Equal(["A 3 3", "[library.so] 3 3"], Lines(Whole()));
    }

    [Fact]
    public void SamplesStayApartByLabels()
    {
        var acme = new LabelSet([new Label("tenant", "acme")]);
        Add("A", 1, 10, acme);
        Add("A", 2, 20);

        FrameTree tree = Whole();

        Assert.Equal(2, tree.SampleNodes.Length);
        Assert.Equal(["A 1 10"], Lines(FrameTree.Of(_profile, _symbolizer, new LabelFilter("tenant=acme", ""))));
    }

    [Fact]
    public void OfADeepStackTheOutermostFramesAreKept()
    {
        _symbolizer.Symbols.Add((nuint)PseudoFrame.TruncatedStack, new FrameSymbol("[truncated stack]"));
        string[] frames = [.. Enumerable.Range(0, FrameTree.MaxDepth + 5).Select(i => $"F{i}")];
        Add(string.Join(' ', frames.Reverse()), 1, 10);

        FrameTree tree = Whole();

        Assert.Equal(FrameTree.MaxDepth + 1, tree.Parents.Length);
        Assert.Equal($"F{FrameTree.MaxDepth - 2}", tree.Names[tree.NodeNames[^2]]);
        Assert.Equal("[truncated stack]", tree.Names[tree.NodeNames[^1]]);
    }

    [Fact]
    public void AStackOfAsManyFramesAsAreKeptIsWhole()
    {
        string[] frames = [.. Enumerable.Range(0, FrameTree.MaxDepth).Select(i => $"F{i}")];
        Add(string.Join(' ', frames.Reverse()), 1, 10);

        FrameTree tree = Whole();

        Assert.Equal($"F{FrameTree.MaxDepth - 1}", tree.Names[tree.NodeNames[^1]]);
    }

    [Fact]
    public void WhatIsSmallBecomesOneFrameOfItsCallerAndNoSumChanges()
    {
        Add("Large A", 1, 1_000_000);
        Add("Small1 A", 0, 20);
        Add("Deep Small2 A", 0, 10);
        Add("Small3", 0, 5);

        var pruned = new PrunedTree(Whole());

        Assert.Equal(4, pruned.LeftOut);
        Assert.Equal(["A/Large 1 1000000", "A/[small frames] 0 30", "[small frames] 0 5"], Lines(pruned.Tree));
    }

    [Fact]
    public void WhatIsLargeInOneTypeOfValueIsKept()
    {
        Add("Rare A", 1_000_000, 1);
        Add("Long A", 1, 1_000_000);

        var pruned = new PrunedTree(Whole());

        Assert.Equal(0, pruned.LeftOut);
        Assert.Equal(["A/Long 1 1000000", "A/Rare 1000000 1"], Lines(pruned.Tree));
    }

    [Fact]
    public void WhatHasBecomeLessIsNoSmallerForIt()
    {
        Add("More A", 10, 1000);
        Add("Less A", -10, -1000);

        Assert.Equal(["A/Less -10 -1000", "A/More 10 1000"], Lines(new PrunedTree(Whole()).Tree));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(500)]
    [InlineData(50)]
    public void ATreeOfAnySizeIsCutToTheLimit(int limit)
    {
        var random = new Random(1);
        for (int i = 0; i < 5_000; i++)
        {
            Add(string.Join(' ', Enumerable.Range(0, 12).Select(depth => $"F{depth}.{random.Next(1 + (depth * 3))}").Reverse()), 1, random.Next(1, 1000));
        }

        FrameTree tree = Whole();
        Assert.True(tree.Parents.Length > 10_000);

        var pruned = new PrunedTree(tree, limit);

        Assert.InRange(pruned.Tree.Parents.Length, limit / 10, limit);
        Assert.Equal(Sum(tree), Sum(pruned.Tree));
        Assert.True(pruned.LeftOut > 0);
    }

    [Fact]
    public void AKeyWithTooManyValuesIsLeftOut()
    {
        LabelSet[] sets = [.. Enumerable.Range(0, 50).Select(i => new LabelSet([new Label("route", $"/{i % 5}"), new Label("trace_id", $"{i}")]))];

        var few = new FewLabels(sets, maxSets: 10);

        Assert.Equal(["trace_id"], few.LeftOut);
        Assert.Equal(5, sets.Select(few.Of).Distinct().Count());
        Assert.Equal(50, sets.Select(new FewLabels(sets, maxSets: 50).Of).Distinct().Count());
    }

    /// <summary>Each of thousands of samples has a key of its own: the time for that may grow with them, and not with their cube.</summary>
    [Fact]
    public void ManyKeysAreLeftOutAtOnce()
    {
        LabelSet[] sets = [.. Enumerable.Range(0, 20_000).Select(static i => new LabelSet([new Label("route", "/"), new Label($"key{i}", "")]))];

        var few = new FewLabels(sets, maxSets: 1000);

        Assert.DoesNotContain("route", few.LeftOut);
        Assert.Equal(1000, sets.Select(few.Of).Distinct().Count());
    }

    [Fact]
    public void TheJsonHasTreeSamplesLabelsAndTheProfileItself()
    {
        Add("B A", 1, 10, new LabelSet([new Label("tenant", "acme")]));
        Add("A", 2, 20);

        byte[] json = FrameTreeJson.Encode("block", _profile, _symbolizer, s_all);

        JsonElement root = JsonDocument.Parse(json).RootElement;
        Assert.Equal("block", root.GetProperty("profile").GetString());
        Assert.Equal(1, root.GetProperty("shown").GetInt32());
        Assert.Equal(["contentions", "delay"], root.GetProperty("types").EnumerateArray().Select(type => type.GetProperty("type").GetString()));
        Assert.Equal(["A", "B"], root.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("[0,1]", root.GetProperty("name").GetRawText());
        Assert.Equal("[0,1]", root.GetProperty("parent").GetRawText());
        Assert.Equal("[2,1]", root.GetProperty("node").GetRawText());
        Assert.Equal("[[1,2],[10,20]]", root.GetProperty("values").GetRawText());
        Assert.Equal("""[{"tenant":"acme"},{}]""", root.GetProperty("labels").GetRawText());
        Assert.Equal("[0,1]", root.GetProperty("label").GetRawText());
        Assert.Equal(ProfileEncoder.Encode(_profile, _symbolizer, ProfileBudget.Any), root.GetProperty("message").GetBytesFromBase64());
    }

    [Fact]
    public void WhatIsNoTextIsStillJson()
    {
        Add("</script>\ud800 A", 1, 10, new LabelSet([new Label("\udc00\"", "\0")]));

        JsonElement root = JsonDocument.Parse(FrameTreeJson.Encode("block", _profile, _symbolizer, s_all)).RootElement;

        Assert.Equal(["A", "</script>\ufffd"], root.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("\ufffd\"", root.GetProperty("labels")[0].EnumerateObject().Single().Name);
    }

    private FrameTree Whole() => FrameTree.Of(_profile, _symbolizer, s_all);

    /// <summary>Adds a sample with these functions, leaf first.</summary>
    private void Add(string stack, long count, long delay, LabelSet? labels = null)
    {
        var frames = new List<nuint>();
        foreach (string name in stack.Split(' '))
        {
            nuint address = _symbolizer.Symbols.FirstOrDefault(symbol => symbol.Value!.Name == name).Key;
            if (address == 0)
            {
                address = (nuint)(0x10000 + _symbolizer.Symbols.Count);
                _symbolizer.Symbols.Add(address, new FrameSymbol(name));
            }

            frames.Add(address);
        }

        _profile.Samples.Add([.. frames], labels ?? LabelSet.Empty, count, delay);
    }

    private static IEnumerable<string> Lines(FrameTree tree) => Enumerable.Range(0, tree.SampleNodes.Length)
        .Select(i => $"{PathOf(tree, tree.SampleNodes[i])} {tree.Values(i)[0]} {tree.Values(i)[1]}")
        .Order(StringComparer.Ordinal);

    private static string PathOf(FrameTree tree, int node)
    {
        string name = tree.Names[tree.NodeNames[node]];
        return tree.Parents[node] == FrameTree.Root ? name : PathOf(tree, tree.Parents[node]) + "/" + name;
    }

    private static (long Count, long Delay) Sum(FrameTree tree) =>
        (Enumerable.Range(0, tree.SampleNodes.Length).Sum(i => tree.Values(i)[0]), Enumerable.Range(0, tree.SampleNodes.Length).Sum(i => tree.Values(i)[1]));
}
