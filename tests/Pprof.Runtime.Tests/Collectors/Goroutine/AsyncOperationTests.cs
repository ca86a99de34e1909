using System.Text.RegularExpressions;
using Pprof.Collectors;
using Pprof.Collectors.Goroutine;
using Pprof.Encoding;
using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;
using Pprof.Symbols;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>Operations that tests have suspended, among what is in flight.</summary>
[Measures]
[Collection(nameof(SnapshotCollection))]
public sealed class AsyncOperationTests : IDisposable
{
    private readonly GoroutineProfileCollector _collector = new();
    private readonly KnownOperations _operations = new();

    public AsyncOperationTests()
    {
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        AsyncOperationSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);
    }

    public void Dispose() => _operations.Dispose();

    [LinuxFact]
    public void EveryOneOfTenThousandIsFoundWithWhoAwaitsItAndWhatItAwaits()
    {
        _operations.Start(700);

        Assert.Empty(_operations.Missing(_collector.Snapshot()));
        Assert.InRange(_operations.Expected.Sum(static expected => expected.Count), 10_000, int.MaxValue);
    }

    /// <summary>To follow each task to each of those would take longer than a snapshot may.</summary>
    [LinuxFact]
    public async Task ThousandsMayAwaitAHundredThousandTogether()
    {
        const int Tasks = 100_000;
        const int Awaiters = 10_000;
        var gate = new TaskCompletionSource();
        Task all = Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => PassAsync(gate.Task)).ToArray());
        Task[] awaiting = [.. Enumerable.Range(0, Awaiters).Select(_ => PassAsync(all))];

        Profile profile = _collector.Snapshot();

        gate.SetResult();
        await Task.WhenAll(awaiting);
        Assert.Null(profile.Gaps.MissingOperations);
        NamedSample[] passing = [.. KnownOperations.In(profile).Where(static sample => sample.Has(nameof(PassAsync)))];
        Assert.Equal(
            [("WhenAll of 100000", Awaiters), ("task", Tasks)],
            passing.Select(static sample => (sample.Labels["awaits"], (int)sample.Values[0])).OrderBy(static sample => sample.Item2));
    }

    /// <summary>However much flows beside the labels: few values are kept in another way than many.</summary>
    [LinuxFact]
    public async Task AnOperationHasTheLabelsWithWhichItGoesOn()
    {
        using var labelled = new LabelledOperations();
        Task plain = labelled.PassAsync();

        List<string> found = LabelledOperations.In(_collector.Snapshot());

        labelled.Dispose();
        await plain;
        Assert.Equal(labelled.Expected.Append("").Order(StringComparer.Ordinal), found);
    }

    [LinuxFact]
    public void AFrameHasTheLineOfItsAwait()
    {
        _operations.Start(1);
        Profile profile = _collector.Snapshot();

        var symbolizer = Symbolizer.Create();
        FrameSymbol pay = profile.Operations
            .SelectMany(operations => profile.Samples.Stack(operations.Sample).ToArray())
            .Select(symbolizer.Resolve)
            .OfType<FrameSymbol>()
            .First(static symbol => symbol.Name.EndsWith(".PayAsync", StringComparison.Ordinal));

        Assert.EndsWith($"{nameof(KnownOperations)}.cs", pay.FileName, StringComparison.Ordinal);
        Assert.Contains("await Task.Delay", File.ReadAllLines(pay.FileName)[pay.Line - 1], StringComparison.Ordinal);
    }

    [LinuxFact]
    public void TheDetailedTextHasABlockForThoseOfOneStack()
    {
        _operations.Start(3);
        Profile profile = _collector.Snapshot();

        string block = Assert.Single(TextOf(profile).Split("\n\n"), static block => block.Contains(".PayAsync(...)", StringComparison.Ordinal));

        string[] lines = block.Split('\n');
        Assert.Matches(@"^goroutine \d+ \[await delay, 3 operations\]:$", lines[0]);
        Assert.EndsWith(".KnownOperations.PayAsync(...)", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(".KnownOperations.PlaceAsync(...)", lines[3], StringComparison.Ordinal);
    }

    /// <summary>Frames keep their addresses, and objects that move are not what numbers are made of.</summary>
    [LinuxFact]
    public async Task BlocksKeepTheirNumbersFromPageToPage()
    {
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        Task all = PassAsync(Task.WhenAll(first.Task, second.Task));
        _operations.Start(2);
        Dictionary<string, string> before = NumbersOf(_collector.Snapshot());
        first.SetResult();
        GC.Collect();

        Dictionary<string, string> after = NumbersOf(_collector.Snapshot());

        second.SetResult();
        await all;
        string[] own = [.. before.Keys.Where(static stack => stack.Contains($".{nameof(KnownOperations)}.", StringComparison.Ordinal) || stack.Contains($".{nameof(PassAsync)}(", StringComparison.Ordinal))];
        Assert.Contains(own, static stack => stack.Contains("[await WhenAll]", StringComparison.Ordinal) && stack.Contains(nameof(PassAsync), StringComparison.Ordinal));
        Assert.All(own, stack => Assert.Equal(before[stack], after[stack]));
        Assert.Equal(before.Count, before.Values.Distinct().Count());
    }

    [LinuxFact]
    public void ThreadsAloneAreThereWhereNobodyAsksForMore()
    {
        _operations.Start(1);
        SnapshotProfileCollector threads = _collector.For(new ProfileArguments(new Dictionary<string, long> { ["async"] = 0 }));

        Profile profile = threads.Snapshot();

        Assert.NotEmpty(profile.Threads);
        Assert.Empty(profile.Operations);
        Assert.Null(profile.Gaps.MissingOperations);
        Assert.Same(threads, _collector.For(new ProfileArguments(new Dictionary<string, long> { ["async"] = 0 })));
        Assert.Same(_collector, _collector.For(new ProfileArguments(new Dictionary<string, long> { ["async"] = 1 })));
    }

    [LinuxFact]
    public void AProcessThatIsTooLargeHasItsThreadsAloneAndSaysSo()
    {
        AsyncOperationSource.ResidentLimit.Set(1 << 20);

        Profile profile = _collector.Snapshot();

        Assert.NotEmpty(profile.Threads);
        Assert.Empty(profile.Operations);
        Assert.Contains(GapText.Comments(profile), static comment => comment.StartsWith("threads alone", StringComparison.Ordinal) && comment.Contains("AsyncResidentLimit (1 MB)", StringComparison.Ordinal));
    }

    private static string TextOf(Profile profile)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        TextForm.Write(writer, "goroutine", profile, Symbolizer.Create(), detail: 2);
        return writer.ToString();
    }

    /// <summary>The numbers of the blocks of operations, by all else that a block says but how many there are of what.</summary>
    private static Dictionary<string, string> NumbersOf(Profile profile) => TextOf(profile).Split("\n\n")
        .Select(static block => Regex.Match(block, @"^goroutine (\d+) (\[await .+)$", RegexOptions.Singleline))
        .Where(static block => block.Success)
        .ToDictionary(static block => Regex.Replace(block.Groups[2].Value, @" of \d+|, \d+ operations", ""), static block => block.Groups[1].Value);

    // Not by the context of the test, which takes one after the other.
    private static async Task PassAsync(Task task) => await task.ConfigureAwait(false);
}
