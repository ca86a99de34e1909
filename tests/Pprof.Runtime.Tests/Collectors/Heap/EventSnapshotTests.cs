using System.Diagnostics.Tracing;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Microsoft.Diagnostics.NETCore.Client;
using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Encoding;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Allocations.Events;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.Events;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>What is of interest only where the runtime's events tell of the heap.</summary>
[Measures]
[Collection(nameof(SnapshotCollection))]
public sealed class EventSnapshotTests : IDisposable
{
    private const int Count = 3_000;
    private const int MaxAttempts = 5;
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";

    // What dotnet-gcdump asks for.
    private const long HeapKeywords = 0x1980001;

    private static object? s_holder;

    private readonly LiveHeapCollector _types = HeapLook.With(HeapWay.Events, paths: false);

    public void Dispose()
    {
        LiveHeapSource.EventLimit.Set(PprofOptions.DefaultSnapshotEventLimit);
        s_holder = null;
    }

    [Fact]
    public void TheProfileSaysWhatItIsMadeOf() =>
        Assert.Contains(_types.Snapshot().Comments, static comment => comment.Contains("collected all garbage and stopped the process for", StringComparison.Ordinal));

    /// <summary>The runtime tells of a type once, as long as anybody else wants to hear of types, as who samples allocations does.</summary>
    [Fact]
    public async Task TypesAreKnownWhileAnotherIsTold()
    {
        using SampledProcess process = SampledProcess.OnDemand();
        var sampled = new SampledAllocations();
        await using ProfileWindow window = await new HeapProfileCollector(new EventAllocationSource(sampled), sampled).BeginWindowAsync(CancellationToken.None);
        s_holder = new Mine();
        for (int i = 0; i < 4; i++)
        {
            AssertAllAreNamed(_types.Snapshot());
        }
    }

    /// <summary>What a look is told that nobody waits for any more is known to the next.</summary>
    [Fact]
    public async Task TypesAreKnownAfterALookThatWasGivenUp()
    {
        using SampledProcess process = SampledProcess.OnDemand();
        var sampled = new SampledAllocations();
        await using ProfileWindow window = await new HeapProfileCollector(new EventAllocationSource(sampled), sampled).BeginWindowAsync(CancellationToken.None);
        s_holder = new Mine();
        using var hangUp = new CancellationTokenSource();
        int collections = GC.CollectionCount(2);

        // As soon as the runtime tells.
        Task look = HeapLook.Events(paths: false).ReadAsync(new NoSink(), hangUp.Token);
        Assert.True(SpinWait.SpinUntil(() => GC.CollectionCount(2) != collections, TimeSpan.FromSeconds(60)));
        hangUp.Cancel();

        AssertAllAreNamed(_types.Snapshot());
        _ = await Record.ExceptionAsync(() => look);
    }

    [Fact]
    public void ATypeThatCanBeUnloadedHasItsName()
    {
        s_holder = NewThings("Unloadable.Thing");

        NamedSample things = Assert.Single(NamedSample.Of(_types.Snapshot()), static sample => sample.Stack[0] == "Unloadable.Thing");

        Assert.Equal([Count, Count * 24L], things.Values);
    }

    /// <summary>
    /// Another session was told of the types, and is still there, so that this one is not told of them, however often it asks: it
    /// stops the process once, as where all are known.
    /// </summary>
    [Fact]
    public async Task ATypeThatOnlyAnotherWasToldOfIsCountedAndStopsTheProcessNotOnceMore()
    {
        string type;
        Profile profile;
        int stops;
        int attempt = 0;
        do
        {
            type = $"Untold.Thing{attempt++}";
            s_holder = NewThings(type);
            _types.Snapshot();
            (profile, stops) = await LookBesideAnotherAsync();
        }
        while (profile.Gaps.UnnamedObjects < Count && attempt < MaxAttempts);

        List<NamedSample> unnamed = [.. NamedSample.Of(profile).Where(static sample => sample.Stack[0].Contains("unknown type", StringComparison.Ordinal))];
        Assert.Equal([profile.Gaps.UnnamedObjects, profile.Gaps.UnnamedBytes], [unnamed.Sum(static sample => sample.Values[0]), unnamed.Sum(static sample => sample.Values[1])]);
        Assert.InRange(profile.Gaps.UnnamedObjects, Count, long.MaxValue);
        Assert.Contains(GapText.Comments(profile), comment => comment.Contains($"{profile.Gaps.UnnamedObjects} ({profile.Gaps.UnnamedBytes} bytes), as [unknown type]", StringComparison.Ordinal));

        // Where another session is there, the end of one has the runtime collect again.
        Assert.InRange(stops, 1, 2);
        Assert.Contains(NamedSample.Of(_types.Snapshot()), sample => sample.Stack[0] == type && sample.Values[0] == Count);
    }

    /// <summary>What the copy finds, the events find, type by type, of what nobody else touches.</summary>
    [LinuxFact]
    public void BothWaysFindTheSame()
    {
        s_holder = Enumerable.Range(0, Count).Select(static number => new Mine { Held = number % 2 == 0 ? new long[number] : new Dictionary<string, Mine>() }).ToArray();
        GC.Collect();

        List<NamedSample> copied = Mine(HeapWay.Copy);
        List<NamedSample> told = Mine(HeapWay.Events);

        Assert.NotEmpty(told);
        Assert.Equal(copied.Select(Line), told.Select(Line));

        static List<NamedSample> Mine(HeapWay way) =>
            [.. NamedSample.Of(HeapLook.Types(way))
                .Where(static sample => sample.Stack[0].Contains(nameof(EventSnapshotTests), StringComparison.Ordinal) && sample.Values[0] >= Count / 2)
                .OrderBy(static sample => sample.Stack[0], StringComparer.Ordinal)];
        static string Line(NamedSample sample) => $"{sample.Stack[0]} {sample.Values[0]} {sample.Values[1]}";
    }

    [Fact]
    public void WhereACopyIsRefusedTheEventsServeAndTheProfileSaysWhy()
    {
        var collector = new LiveHeapCollector(new PreferredHeapSource(new RefusingSource(isRefused: true), HeapLook.Events(paths: false)), paths: false);

        Profile profile = collector.Snapshot();

        Assert.Null(collector.UnsupportedReason);
        Assert.Contains(NamedSample.Of(profile), static sample => sample.Stack[0] == "string");
        Assert.Contains("not from a copy of the process: no", profile.Comments);
    }

    /// <summary>A copy that has begun and failed is not made up for by what costs more.</summary>
    [Fact]
    public void ACopyThatFailsIsNotReplaced()
    {
        var collector = new LiveHeapCollector(new PreferredHeapSource(new RefusingSource(isRefused: false), HeapLook.Events(paths: false)), paths: false);

        Assert.Equal("no", Assert.Throws<ProfileUnavailableException>(() => collector.Snapshot()).Message);
    }

    [LinuxFact]
    public void AProcessThatIsTooLargeIsNotCopied()
    {
        LiveHeapSource.ResidentLimit.Set(1 << 20);

        Assert.Contains("SnapshotResidentLimit (1 MB)", new SnapshotHeapSource(paths: false).UnsupportedReason, StringComparison.Ordinal);
    }

    /// <summary>What is dead and not yet swept may be of an assembly that is gone, and the runtime looks at its type.</summary>
    [Fact]
    public void WhereAnAssemblyCanBeUnloadedTheRuntimeIsNotAsked()
    {
        AssemblyBuilder plugIn = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("PlugIn"), AssemblyBuilderAccess.RunAndCollect);

        Assert.Contains("can be unloaded", new EventHeapSource(paths: false).UnsupportedReason, StringComparison.Ordinal);
        GC.KeepAlive(plugIn);
    }

    [Fact]
    public void AHeapThatIsTooLargeIsNotTold()
    {
        LiveHeapSource.EventLimit.Set(1 << 10);

        Assert.Contains("raise SnapshotEventLimit", _types.UnsupportedReason, StringComparison.Ordinal);
        Assert.Equal("no; and " + _types.UnsupportedReason?[..8], new PreferredHeapSource(new RefusingSource(isRefused: true, isKnown: true), HeapLook.Events(paths: false)).UnsupportedReason?[..16]);
    }

    [Fact]
    public async Task NobodyWaitsForWhatNobodyWants()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HeapLook.Events(paths: true).ReadAsync(new NoSink(), cancellation.Token));
    }

    private static void AssertAllAreNamed(Profile profile)
    {
        List<NamedSample> samples = NamedSample.Of(profile);
        Assert.Single(samples, static sample => sample.Stack[0].EndsWith($"{nameof(EventSnapshotTests)}.{nameof(Mine)}", StringComparison.Ordinal));
        Assert.DoesNotContain(samples, static sample => sample.Stack[0].Contains("unknown type", StringComparison.Ordinal));
        Assert.Equal(0, profile.Gaps.UnnamedObjects);
    }

    /// <summary>
    /// Looks while another session is there that the runtime has told of its heap, and counts the stops. A collection of another test
    /// may be taken for the one that session asked for; then this look is told of the types.
    /// </summary>
    private async Task<(Profile Profile, int Stops)> LookBesideAnotherAsync()
    {
        int before = GC.CollectionCount(2);
        var client = new DiagnosticsClient(Environment.ProcessId);
        using EventPipeSession session = client.StartEventPipeSession([new EventPipeProvider(Runtime, EventLevel.Verbose, HeapKeywords)], requestRundown: false);
        Task drained = session.EventStream.CopyToAsync(Stream.Null);
        Assert.True(SpinWait.SpinUntil(() => GC.CollectionCount(2) != before, TimeSpan.FromSeconds(60)));
        before = GC.CollectionCount(2);
        Profile profile = _types.Snapshot();
        int stops = GC.CollectionCount(2) - before;
        await session.StopAsync(CancellationToken.None);
        await drained;
        return (profile, stops);
    }

    // Of a type of their own, of which no look has been told.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object[] NewThings(string name)
    {
        Type type = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(name), AssemblyBuilderAccess.RunAndCollect)
            .DefineDynamicModule(name).DefineType(name, TypeAttributes.Public).CreateType();
        return [.. Enumerable.Range(0, Count).Select(_ => Activator.CreateInstance(type)!)];
    }

    private sealed class Mine
    {
        public object? Held { get; init; }
    }

    private sealed class RefusingSource(bool isRefused, bool isKnown = false) : LiveHeapSource
    {
        public override string? UnsupportedReason => isKnown ? "no" : null;

        public override Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation) => throw new SnapshotException("no", isRefused);
    }

    private sealed class NoSink : IHeapSink
    {
        public void Add(ReadOnlySpan<nuint> frames, long objects, long bytes)
        {
        }
    }
}
