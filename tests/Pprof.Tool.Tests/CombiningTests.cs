using Pprof.EndToEnd.Tests;
using Pprof.Testing;
using Pprof.Tool.Proto;
using Pprof.Tool.Reading;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>Sums and differences are those of the real tool.</summary>
public sealed class CombiningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolTheory(Tools.Go)]
    [InlineData(Recorded.Cpu1, Recorded.Cpu2)]
    [InlineData(Recorded.Heap1, Recorded.Heap2)]
    public async Task ASumHasTheSamplesOfTheRealTool(string first, string second)
    {
        string sum = Path.Combine(_folder.Path, "sum.pb.gz");
        Assert.Equal(sum, (await ToolRun.PrintAsync("merge", Recorded.PathOf(first), Recorded.PathOf(second), "-o", sum)).Trim());

        await AssertEqualAsync(sum, Recorded.PathOf(first), Recorded.PathOf(second));
    }

    [ToolTheory(Tools.Go)]
    [InlineData(Recorded.Cpu1, Recorded.Cpu2)]
    [InlineData(Recorded.Heap1, Recorded.Heap2)]
    public async Task ADifferenceHasTheSamplesOfTheRealTool(string before, string after)
    {
        string difference = Path.Combine(_folder.Path, "difference.pb.gz");
        await ToolRun.PrintAsync("diff", Recorded.PathOf(before), Recorded.PathOf(after), "-o", difference);

        await AssertEqualAsync(difference, "-diff_base=" + Recorded.PathOf(before), Recorded.PathOf(after));
    }

    [ToolTheory(Tools.Go)]
    [InlineData(Recorded.Cpu1, Recorded.Cpu2, "")]
    [InlineData(Recorded.Cpu1, Recorded.Cpu2, "-cum -nodecount=10")]
    [InlineData(Recorded.Heap1, Recorded.Heap2, "")]
    [InlineData(Recorded.Heap1, Recorded.Heap2, "-sample_index=alloc_space -focus=main")]
    public async Task ADifferenceIsPrintedAsByTheRealTool(string before, string after, string options)
    {
        using var go = new GoToolPprof();
        string[] arguments = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            TopTests.Lines(await go.PrintAsync(["-top", .. arguments, "-diff_base=" + Recorded.PathOf(before), Recorded.PathOf(after)])),
            TopTests.Lines(await ToolRun.PrintAsync(["diff", .. arguments, Recorded.PathOf(before), Recorded.PathOf(after)])));
    }

    [Fact]
    public async Task ProfilesOfDifferentThingsAreNotAddedUp()
    {
        ToolRun run = await ToolRun.RunAsync("merge", Recorded.PathOf(Recorded.Cpu1), Recorded.PathOf(Recorded.Heap1), "-o", Path.Combine(_folder.Path, "no"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("do not measure the same: samples/count cpu/nanoseconds by cpu/nanoseconds, and alloc_objects/count", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    /// <summary>Compares with what the real tool makes with these arguments: all samples, by names, lines, labels and values.</summary>
    private async Task AssertEqualAsync(string file, params string[] arguments)
    {
        using var go = new GoToolPprof();
        string expected = Path.Combine(_folder.Path, "expected.pb.gz");
        await go.PrintAsync(["-proto", "-output=" + expected, .. arguments]);
        Profile theirs = (await ProfileFile.LoadAsync(expected, CancellationToken.None)).Profile;
        Profile ours = (await ProfileFile.LoadAsync(file, CancellationToken.None)).Profile;

        string[] samples = Samples(theirs);
        Assert.NotEmpty(samples);
        Assert.Empty(samples.Except(Samples(ours)).Take(3));
        Assert.Equal(samples.Length, Samples(ours).Length);
        Assert.Equal(
            (theirs.TimeNanos, theirs.DurationNanos, theirs.Period, theirs.Location.Count, theirs.Function.Count, theirs.Mapping.Count),
            (ours.TimeNanos, ours.DurationNanos, ours.Period, ours.Location.Count, ours.Function.Count, ours.Mapping.Count));
        Assert.Equal(await go.PrintAsync("-top", expected), await go.PrintAsync("-top", file));
    }

    private static string[] Samples(Profile profile)
    {
        Dictionary<ulong, Location> locations = profile.Location.ToDictionary(location => location.Id);
        Dictionary<ulong, Function> functions = profile.Function.ToDictionary(function => function.Id);
        string Text(long index) => profile.StringTable[(int)index];
        string Frame(ulong id) => string.Join('+', locations[id].Line.Select(line => $"{Text(functions[line.FunctionId].Name)}:{line.Line_}")) + $"@{locations[id].Address:x}";
        string Label(Label label) => $"{Text(label.Key)}={Text(label.Str)}{label.Num}{Text(label.NumUnit)}";
        return
        [
            .. profile.Sample
                .Select(sample => $"{string.Join(',', sample.Value)} {string.Join(' ', sample.Label.Select(Label).Order(StringComparer.Ordinal))} {string.Join(' ', sample.LocationId.Select(Frame))}")
                .Order(StringComparer.Ordinal),
        ];
    }
}
