using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Encoding;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;
using Pprof.Testing;
using Xunit;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>The heap of a process that allocates so much that it is sampled in slices of the time.</summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class BusyHeapTests : IDisposable
{
    private const int AllocatedBytes = 1;
    private const int BytesInUse = 3;
    private const int Samples = 3_000;

    // What any machine does with two threads.
    private const long Threshold = 20_000_000;

    // Small objects for each large one.
    private const int SmallObjects = 400;
    private const int SmallSize = 1_000;
    private const int LargeSize = 200_024;

    private readonly SampledAllocations _sampled = new();
    private readonly CallbackAllocationSource _source;
    private readonly HeapProfileCollector _collector;
    private readonly Thread[] _threads;
    private readonly long[] _rounds = new long[32];
    private volatile bool _isOver;
    private object? _kept;

    public BusyHeapTests()
    {
        _source = new CallbackAllocationSource(_sampled, maySwitch: static () => true);
        _collector = new HeapProfileCollector(_source, _sampled);
        AllocationSource.SamplesAlways.Set(0);
        AllocationSource.Rate.Set(ThinnedRate.RuntimePeriod);
        SamplingSlices.Threshold = Threshold;
        _threads = [.. Enumerable.Range(1, 2).Select(i => new Thread(() => Allocate(ref _rounds[i * 8])) { IsBackground = true })];
        Array.ForEach(_threads, static thread => thread.Start());
    }

    private long Rounds => _rounds.Sum();

    public void Dispose()
    {
        _isOver = true;
        Array.ForEach(_threads, static thread => thread.Join());
        AllocationSource.Rate.Set(0);
        SamplingSlices.Threshold = SamplingSlices.DefaultThreshold;
    }

    /// <summary>Sum and sites are right, of small objects and of those of the large heap.</summary>
    [LinuxFact]
    public async Task WhatIsSampledInSlicesStandsForAllOfTheTime()
    {
        Profile delta;
        Profile last;
        long rounds;
        long allocated;
        await using (ProfileWindow window = await _collector.BeginWindowAsync(CancellationToken.None))
        {
            WaitForSlices(window);
            Profile before = window.Snapshot(Shapes.Heap);
            (long Rounds, long Allocated) start = (Rounds, GC.GetTotalAllocatedBytes());
            do
            {
                Thread.Sleep(500);
                last = window.Snapshot(Shapes.Heap);
                delta = ProfileDelta.Between(before, last);
                rounds = Rounds - start.Rounds;
                allocated = GC.GetTotalAllocatedBytes() - start.Allocated;
            }
            while (allocated / delta.Gaps.ThinnedPeriod < Samples);
        }

        double share = delta.Gaps.SampledShare;
        List<NamedSample> all = NamedSample.Of(delta);
        Assert.InRange(share, 0.05, 0.5);
        Assert.Contains(GapText.Comments(delta), static comment => comment.Contains("slices", StringComparison.Ordinal));
        Assert.InRange(all.Sum(static sample => sample.Values[AllocatedBytes]) / (double)allocated, 0.94, 1.06);
        AssertSite(nameof(NewArray), rounds * SmallObjects * SmallSize, ThinnedRate.RuntimePeriod);
        AssertSite(nameof(NewLarge), rounds * LargeSize, LargeSize * ThinnedRate.Weight(LargeSize));
        Assert.All(NamedSample.Of(last), static sample => Assert.InRange(sample.Values[BytesInUse], 0, sample.Values[AllocatedBytes]));

        // One sample stands for so many bytes where all of the time is sampled.
        void AssertSite(string method, long expected, double bytes) =>
            Estimate.AssertNear(
                expected, all.Where(sample => sample.Has(method)).Sum(static sample => sample.Values[AllocatedBytes]), Math.Max(bytes / share, delta.Gaps.ThinnedPeriod), method);
    }

    /// <summary>Nine times of ten between two slices.</summary>
    [LinuxFact]
    public async Task SamplingEndsAlsoBetweenSlicesAndGivesAllHandlesBack()
    {
        for (int i = 0; i < 2; i++)
        {
            await using (ProfileWindow window = await _collector.BeginWindowAsync(CancellationToken.None))
            {
                WaitForSlices(window);

                // Those of the dead are given back after each collection.
                Assert.True(SpinWait.SpinUntil(() => _source.Handles > 0, TimeSpan.FromSeconds(60)));
            }

            Assert.Equal(0, _source.Handles);
            long rounds = Rounds;
            Assert.True(SpinWait.SpinUntil(() => Rounds > rounds + 200, TimeSpan.FromSeconds(60)));
            Assert.Equal(0, _collector.Snapshot().Samples.Count);
            Assert.Equal(0, _source.Handles);
        }
    }

    private static void WaitForSlices(ProfileWindow window) =>
        Assert.True(SpinWait.SpinUntil(() => window.Snapshot(Shapes.Heap).Gaps.SampledShare < 1, TimeSpan.FromSeconds(60)));

    private void Allocate(ref long rounds)
    {
        while (!_isOver)
        {
            for (int i = 0; i < SmallObjects; i++)
            {
                _kept = NewArray(SmallSize - 24);
            }

            _kept = NewLarge();
            Volatile.Write(ref rounds, rounds + 1);
        }
    }
}
