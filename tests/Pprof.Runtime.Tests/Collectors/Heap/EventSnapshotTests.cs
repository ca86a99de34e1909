using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Allocations.Events;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>The same by the runtime's events, which serve where the process cannot be copied.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class EventSnapshotTests : IDisposable
{
    private const int Count = 3_000;

    private static readonly Dictionary<int, Entry> s_cache = [];
    private static readonly ConditionalWeakTable<Key, OfDependent> s_table = [];
    private static object? s_holder;

    private readonly LiveHeapCollector _types = new(new EventHeapSource(paths: false), paths: false);
    private readonly LiveHeapCollector _retained = new(new EventHeapSource(paths: true), paths: true);

    public EventSnapshotTests()
    {
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        LiveHeapSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);

        // What other tests have left is not of interest.
        LiveHeapSource.EventLimit.Set(long.MaxValue);
    }

    public void Dispose() => LiveHeapSource.EventLimit.Set(PprofOptions.DefaultSnapshotEventLimit);

    [Fact]
    public void EveryTypeIsThereWithItsObjectsAndBytes()
    {
        Fill(Count);

        Profile profile = _types.Snapshot();
        List<NamedSample> samples = NamedSample.Of(profile);
        s_cache.Clear();

        Assert.Equal([Count, Count * 32L], Assert.Single(samples, static sample => IsOf(sample, nameof(Entry))).Values);
        Assert.Equal([Count, Count * (24 + (16 * 10L))], Assert.Single(samples, static sample => IsOf(sample, nameof(Payload) + "[]")).Values);
        Assert.Equal([1, 864], Assert.Single(samples, static sample => IsOf(sample, nameof(Odd) + "[,]")).Values);
        Assert.Contains(samples, static sample => sample.Stack[0] == "System.Collections.Generic.Dictionary<int, Pprof.Runtime.Tests.Collectors.Heap.EventSnapshotTests.Entry>");
        Assert.Contains(samples, static sample => sample.Stack[0] == "string");
        Assert.Contains(profile.Comments, static comment => comment.Contains("collected all garbage and stopped the process for", StringComparison.Ordinal));
    }

    /// <summary>The runtime tells of a type once, as long as anybody else wants to hear of types, as who samples allocations does.</summary>
    [Fact]
    public async Task TypesAreKnownWhileAnotherIsTold()
    {
        using SampledProcess process = SampledProcess.OnDemand();
        var sampled = new SampledAllocations();
        await using ProfileWindow window = await new HeapProfileCollector(new EventAllocationSource(sampled), sampled).BeginWindowAsync(CancellationToken.None);
        Fill(Count);
        for (int i = 0; i < 4; i++)
        {
            List<NamedSample> samples = NamedSample.Of(_types.Snapshot());

            Assert.Single(samples, static sample => IsOf(sample, nameof(Entry)));
            Assert.DoesNotContain(samples, static sample => sample.Stack[0] == "[unknown type]");
        }

        s_cache.Clear();
    }

    [Fact]
    public void AnObjectIsHeldByAStaticFieldAndWhatLiesBetween()
    {
        Fill(Count);

        NamedSample sample = Held(nameof(Payload) + "[]");
        s_cache.Clear();

        string[] ends = ["Payload[]", ".Entry", "Entry>.Entry[]", "Entry>", $"{nameof(s_cache)} [static field]"];
        Assert.Equal(ends, sample.Stack.Zip(ends, static (name, end) => name.EndsWith(end, StringComparison.Ordinal) ? end : name));
        Assert.Equal([Count, Count * (24 + (16 * 10L))], sample.Values);
    }

    [Fact]
    public void AListIsOneFrameHoweverLongItIs()
    {
        s_holder = Chain(Count);

        NamedSample sample = Held(nameof(Link));
        s_holder = null;

        Assert.Equal(2, sample.Stack.Count);
        Assert.Equal(Count, sample.Values[0]);
        Assert.Equal($"{nameof(s_holder)} [static field]", sample.Stack[^1]);
    }

    [Fact]
    public void WhatTimersHaveIsHeldByTheirQueueWhoeverHoldsOtherTimers()
    {
        using var timers = new QueuedTimers();
        s_holder = timers.Some;

        NamedSample sample = Assert.Single(
            NamedSample.Of(_retained.Snapshot()), static sample => sample.Stack[0].EndsWith(nameof(QueuedTimers.Target), StringComparison.Ordinal));
        s_holder = null;

        Assert.Equal("Instances [static field]", sample.Stack[^1]);
        Assert.Equal(QueuedTimers.Count, sample.Values[0]);
    }

    [Fact]
    public void ARootIsNamedAsWhatItIs()
    {
        GCHandle normal = Alloc<OfHandle>(GCHandleType.Normal);
        GCHandle weak = Alloc<OfWeakHandle>(GCHandleType.Weak);
        GCHandle pinned = GCHandle.Alloc(new OfPinned[7], GCHandleType.Pinned);
        AddDependent();
        var local = new OfStack();

        List<NamedSample> samples = NamedSample.Of(_retained.Snapshot());
        GC.KeepAlive(local);
        s_holder = null;
        normal.Free();
        weak.Free();
        pinned.Free();

        Assert.Equal("[GC handle]", Held(samples, nameof(OfHandle)).Stack[^1]);
        Assert.Equal("[pinned GC handle]", Held(samples, nameof(OfPinned) + "[]").Stack[^1]);
        Assert.Equal("[stack of a thread]", Held(samples, nameof(OfStack)).Stack[^1]);
        NamedSample dependent = Held(samples, nameof(OfDependent));
        Assert.Equal("[dependent handle]", dependent.Stack[^1]);
        Assert.EndsWith(".Key", dependent.Stack[^2], StringComparison.Ordinal);
        Assert.DoesNotContain(samples, static sample => IsOf(sample, nameof(OfWeakHandle)));
    }

    [Fact]
    public async Task ADifferenceIsWhatGrew()
    {
        Fill(Count);
        await using ProfileWindow window = await _types.BeginWindowAsync(CancellationToken.None);
        Profile before = window.Snapshot(Shapes.LiveHeap);
        Fill(2 * Count);

        List<NamedSample> grown = NamedSample.Of(ProfileDelta.Between(before, window.Snapshot(Shapes.LiveHeap)));
        s_cache.Clear();

        Assert.Equal(Count, Assert.Single(grown, static sample => IsOf(sample, nameof(Payload) + "[]")).Values[0]);
    }

    /// <summary>What the copy finds, the events find, type by type, of what nobody else touches.</summary>
    [LinuxFact]
    public void BothWaysFindTheSame()
    {
        Fill(Count);
        s_holder = Chain(Count);
        GC.Collect();

        List<NamedSample> copied = Mine(new LiveHeapCollector(new SnapshotHeapSource(paths: false), paths: false));
        List<NamedSample> told = Mine(_types);
        s_cache.Clear();
        s_holder = null;

        Assert.NotEmpty(told);
        Assert.Equal(copied.Select(Line), told.Select(Line));

        static List<NamedSample> Mine(LiveHeapCollector collector) =>
            [.. NamedSample.Of(collector.Snapshot())
                .Where(static sample => sample.Stack[0].Contains(nameof(EventSnapshotTests), StringComparison.Ordinal) && sample.Values[0] >= Count / 2)
                .OrderBy(static sample => sample.Stack[0], StringComparer.Ordinal)];
        static string Line(NamedSample sample) => $"{sample.Stack[0]} {sample.Values[0]} {sample.Values[1]}";
    }

    [Fact]
    public void WhereACopyIsRefusedTheEventsServeAndTheProfileSaysWhy()
    {
        var collector = new LiveHeapCollector(new PreferredHeapSource(new RefusingSource(isRefused: true), new EventHeapSource(paths: false)), paths: false);

        Profile profile = collector.Snapshot();

        Assert.Null(collector.UnsupportedReason);
        Assert.Contains(NamedSample.Of(profile), static sample => sample.Stack[0] == "string");
        Assert.Contains("not from a copy of the process: no", profile.Comments);
    }

    /// <summary>A copy that has begun and failed is not made up for by what costs more.</summary>
    [Fact]
    public void ACopyThatFailsIsNotReplaced()
    {
        var collector = new LiveHeapCollector(new PreferredHeapSource(new RefusingSource(isRefused: false), new EventHeapSource(paths: false)), paths: false);

        Assert.Equal("no", Assert.Throws<ProfileUnavailableException>(() => collector.Snapshot()).Message);
    }

    [Fact]
    public void AHeapThatIsTooLargeIsNotTold()
    {
        LiveHeapSource.EventLimit.Set(1 << 10);

        Assert.Contains("raise SnapshotEventLimit", _types.UnsupportedReason, StringComparison.Ordinal);
        Assert.Equal("no; and " + _types.UnsupportedReason?[..8], new PreferredHeapSource(new RefusingSource(isRefused: true, isKnown: true), new EventHeapSource(paths: false)).UnsupportedReason?[..16]);
    }

    [Fact]
    public async Task NobodyWaitsForWhatNobodyWants()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new EventHeapSource(paths: true).ReadAsync(new NoSink(), cancellation.Token));
    }

    private NamedSample Held(string type) => Held(NamedSample.Of(_retained.Snapshot()), type);

    private static NamedSample Held(List<NamedSample> samples, string type) => Assert.Single(samples, sample => IsOf(sample, type));

    private static bool IsOf(NamedSample sample, string type) => sample.Stack[0].EndsWith($"{nameof(EventSnapshotTests)}.{type}", StringComparison.Ordinal);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill(int count)
    {
        for (int i = 0; i < count; i++)
        {
            s_cache.TryAdd(i, new Entry(new Payload[10]));
        }

        s_holder = new Odd[10, 41];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddDependent()
    {
        var key = new Key();
        s_table.Add(key, new OfDependent());
        s_holder = key;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Link? Chain(int count)
    {
        Link? first = null;
        for (int i = 0; i < count; i++)
        {
            first = new Link(first);
        }

        return first;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GCHandle Alloc<T>(GCHandleType kind)
        where T : new() => GCHandle.Alloc(new T(), kind);

    private sealed record Entry(Payload[] Payloads)
    {
        public long Number { get; set; }
    }

    private readonly record struct Payload(object? Value, long Number);

    private readonly record struct Odd(short Number);

    private sealed class Link(Link? next)
    {
        public Link? Next { get; } = next;
    }

    private sealed class Key;

    private sealed class OfDependent;

    private sealed class OfStack;

    private sealed class OfHandle;

    private sealed class OfWeakHandle;

    private readonly record struct OfPinned(long Number);

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
