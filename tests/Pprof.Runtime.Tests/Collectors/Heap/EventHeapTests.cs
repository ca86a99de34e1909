using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Encoding;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;
using Pprof.Sources.Allocations.Events;
using Pprof.Testing;
using Xunit;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>What is of interest only where the runtime's events tell of allocations, which serve where the callback cannot be had.</summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class EventHeapTests : IDisposable
{
    private const int AllocatedBytes = 1;
    private const int LiveBytes = 3;

    private static object? s_sink;

    private readonly SampledProcess _process = SampledProcess.OnDemand();
    private readonly SampledAllocations _sampled = new();

    public void Dispose() => _process.Dispose();

    /// <summary>What .NET 9 has. It takes the last object for all, so that only what is alike is compared.</summary>
    [Fact]
    public async Task AllocationTicksTellWhoAllocates()
    {
        long allocated = 0;
        Profile delta = await DeltaAsync(Collector(hasSamples: false), () =>
        {
            long start = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < 300_000; i++)
            {
                s_sink = Outer();
                s_sink = NewArray(976);
            }

            allocated = GC.GetTotalAllocatedBytes(precise: true) - start;
        });
        List<NamedSample> samples = NamedSample.Of(delta);
        NamedSample[] arrays = [.. samples.Where(static sample => sample.Has(nameof(NewArray)))];

        Assert.InRange(samples.Sum(static sample => sample.Values[AllocatedBytes]), allocated * 0.95, allocated * 1.05);
        Assert.True(arrays.Sum(static sample => sample.Values[AllocatedBytes]) > allocated / 2);
        Assert.All(arrays, static sample => Assert.Equal("byte[]", sample.Stack[0]));
        Assert.All(arrays, static sample => Assert.EndsWith("." + nameof(NewArray), sample.Stack[1], StringComparison.Ordinal));
        Assert.Contains(GapText.Comments(delta), static comment => comment.Contains("allocation ticks", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhoDoesNotAskIsNotTold()
    {
        HeapProfileCollector collector = Collector();
        await using ProfileWindow window = await collector.BeginWindowAsync(CancellationToken.None);
        window.Snapshot(Shapes.Heap);
        Keep();
        GC.Collect();
        List<NamedSample> samples = NamedSample.Of(window.Snapshot(Shapes.Heap));

        Assert.Contains(samples, static sample => sample.Has(nameof(NewArray)));
        Assert.Equal(0, KnownLives.Live(samples, nameof(NewArray)));
    }

    [Fact]
    public async Task WhoDoesNotAskIsNotToldWhatAnotherAsks()
    {
        var source = new EventAllocationSource(_sampled);
        await using ProfileWindow plain = await new HeapProfileCollector(source, _sampled).BeginWindowAsync(CancellationToken.None);
        Profile before;
        ProfileWindow following = await new HeapProfileCollector(source, _sampled) { FollowsObjects = true }.BeginWindowAsync(CancellationToken.None);
        await using (following)
        {
            following.Snapshot(Shapes.Heap);
            Keep();
            GC.Collect();
            before = plain.Snapshot(Shapes.Heap);

            Assert.NotEqual(0, KnownLives.Live(NamedSample.Of(following.Snapshot(Shapes.Heap)), nameof(NewArray)));
        }

        Assert.All(NamedSample.Of(ProfileDelta.Between(before, plain.Snapshot(Shapes.Heap))), static sample => Assert.Equal(0, sample.Values[LiveBytes]));
    }

    [Fact]
    public async Task OnlyWindowsSeeAndNothingIsKept()
    {
        HeapProfileCollector collector = Collector();
        Allocate();
        Profile outside = collector.Snapshot();
        Profile inside;
        await using (ProfileWindow window = await collector.BeginWindowAsync(CancellationToken.None))
        {
            Allocate();
            inside = window.Snapshot(Shapes.Heap);
        }

        Allocate();

        Assert.Equal(0, outside.Samples.Count);
        Assert.Contains(NamedSample.Of(inside), static sample => sample.Has(nameof(NewArray)));
        Assert.Equal(0, collector.Snapshot().Samples.Count);
    }

    /// <summary>
    /// The addresses of methods that were made at run time are others' when the profile is written. They have to be there when
    /// the events come, which is later than the callback.
    /// </summary>
    [Fact]
    public async Task CodeThatIsGoneKeepsItsName()
    {
        HeapProfileCollector collector = Collector();
        await using ProfileWindow window = await collector.BeginWindowAsync(CancellationToken.None);
        AllocateFromMakers();
        _ = window.Snapshot(Shapes.Heap);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        List<Func<long[]>> others = NewMakers(50, "Other");
        others.ForEach(static make => _ = make());

        NamedSample[] made = [.. NamedSample.Of(window.Snapshot(Shapes.Heap)).Where(static sample => sample.Stack[0] == "long[]" && sample.Has(nameof(AllocateFromMakers)))];
        GC.KeepAlive(others);

        Assert.NotEmpty(made);
        Assert.All(made, static sample => Assert.StartsWith("EventMaker_", sample.Stack[1], StringComparison.Ordinal));
    }

    /// <summary>Where the runtime is not as the callback expects it the events serve, and the profile says what that means.</summary>
    [LinuxFact]
    public async Task WhereTheCallbackCannotBeHadEventsServe()
    {
        var called = new SampledAllocations();
        var source = new PreferredAllocationSource(
            new CallbackAllocationSource(called, static _ => "a layout is not as expected"), new EventAllocationSource(_sampled));
        var collector = new HeapProfileCollector(source, called, _sampled);
        try
        {
            Profile delta = await DeltaAsync(collector, Allocate);

            Assert.Null(collector.UnsupportedReason);
            AssertNear(
                100_000 * 1000L,
                NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray))).Sum(static sample => sample.Values[AllocatedBytes]),
                nameof(NewArray));
            Assert.Contains(GapText.Comments(delta), static comment => comment.Contains("a layout is not as expected", StringComparison.Ordinal));
            Assert.Contains(GapText.Comments(delta), static comment => comment.Contains("inuse_space are 0", StringComparison.Ordinal));
            Assert.Equal(0, called.Count);
            Assert.Equal(0, collector.Snapshot().Samples.Count);
        }
        finally
        {
            CallbackAllocationSource.ForgetMismatch();
        }
    }

    [Fact]
    public void SwitchedOffItSaysSo()
    {
        AllocationSource.IsOff.Set(1);
        try
        {
            Assert.Contains("MemoryProfile", new EventAllocationSource(_sampled).UnsupportedReason, StringComparison.Ordinal);
        }
        finally
        {
            AllocationSource.IsOff.Set(0);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AllocateFromMakers()
    {
        foreach (Func<long[]> make in NewMakers(50))
        {
            for (int i = 0; i < 200; i++)
            {
                s_sink = make();
            }
        }
    }

    private static List<Func<long[]>> NewMakers(int count, string prefix = "EventMaker") => [.. Enumerable.Range(0, count).Select(number =>
    {
        var method = new DynamicMethod($"{prefix}_{number}", typeof(long[]), []);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldc_I4, 1_000);
        code.Emit(OpCodes.Newarr, typeof(long));
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<long[]>>();
    })];

    private static void Allocate()
    {
        for (int i = 0; i < 100_000; i++)
        {
            s_sink = NewArray(976);
        }
    }

    // A method of its own, so that nothing is left of it where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep()
    {
        object[] kept = new object[100_000];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = NewArray(976);
        }

        s_sink = kept;
    }

    private HeapProfileCollector Collector(bool hasSamples = true) => new(new EventAllocationSource(_sampled, hasSamples), _sampled);

    private static async Task<Profile> DeltaAsync(HeapProfileCollector collector, Action work)
    {
        await using ProfileWindow window = await collector.BeginWindowAsync(CancellationToken.None);
        Profile before = window.Snapshot(Shapes.Heap);
        work();
        Profile delta = ProfileDelta.Between(before, window.Snapshot(Shapes.Heap));
        Assert.Equal(0, delta.Gaps.LostEvents);
        return delta;
    }

    private static void AssertNear(long expected, long actual, string what) =>
        Estimate.AssertNear(expected, actual, ThinnedRate.RuntimePeriod, what);
}
