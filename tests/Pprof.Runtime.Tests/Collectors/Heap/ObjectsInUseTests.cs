using System.Runtime.CompilerServices;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Testing;
using Xunit;
using static Pprof.Runtime.Tests.Collectors.Heap.AllocationLook;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>
/// What of the allocated objects is in use, against what the tests keep, by all who can tell. A tick tells one object for many,
/// so that ticks are compared only where all of them live and die together.
/// </summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class ObjectsInUseTests : IDisposable
{
    private const int LiveBytes = 3;

    private static object? s_sink;

    /// <summary>
    /// Lives that are known. By events objects are followed by what of the memory survives a collection, which one in the
    /// background does not tell.
    /// </summary>
    public static TheoryData<AllocationWay, string> Lives()
    {
        var rows = new TheoryData<AllocationWay, string>();
        foreach (string name in (string[])[nameof(KnownLives.PinnedPool), nameof(KnownLives.Generations), nameof(KnownLives.Compaction), nameof(KnownLives.WeakKeys)])
        {
            rows.Add(AllocationWay.Events, name);
            if (OperatingSystem.IsLinux())
            {
                rows.Add(AllocationWay.Callback, name);
            }
        }

        if (OperatingSystem.IsLinux())
        {
            rows.Add(AllocationWay.Callback, nameof(KnownLives.Background));
        }

        return rows;
    }

    public void Dispose() => s_sink = null;

    [Theory]
    [MemberData(nameof(Lives))]
    public async Task WhatIsAliveIsInUse(AllocationWay way, string name)
    {
        await using AllocationLook look = await OpenAsync(way);

        Assert.Equal("ok", KnownLives.Check(name, look.Snapshot, hasRing: way == AllocationWay.Callback));
    }

    /// <summary>By events a few of the dropped objects stayed in use, less than 0.1 % of them.</summary>
    [Theory]
    [AllocationWays(AllocationWay.Callback)]
    public async Task WhatIsKeptIsInUseAndWhatIsNotIsNot(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        KnownLives.Collect();
        Profile before = look.Snapshot();
        KeepAndDrop(400_000);
        KnownLives.Collect();
        Profile during = look.Snapshot();
        List<NamedSample> alive = NamedSample.Of(ProfileDelta.Between(before, during));
        s_sink = null;
        KnownLives.Collect();
        List<NamedSample> after = NamedSample.Of(look.Since(before));

        AssertNear(400_000 * 1000L, KnownLives.Live(alive, nameof(NewKept)), during);
        Assert.Equal(0, KnownLives.Live(alive, nameof(NewDropped)));
        Assert.Equal(0, KnownLives.Live(after, nameof(NewKept)));
    }

    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task WhatIsAlikeIsInUseAndThenIsNot(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        KnownLives.Collect();
        Profile before = look.Snapshot();
        Keep(100_000);
        KnownLives.Collect();
        Profile during = look.Snapshot();
        s_sink = null;
        KnownLives.Collect();
        List<NamedSample> after = NamedSample.Of(look.Since(before));

        Assert.Equal(0, KnownLives.Live(NamedSample.Of(before), nameof(NewKept)));
        AssertNear(100_000 * 1000L, KnownLives.Live(NamedSample.Of(ProfileDelta.Between(before, during)), nameof(NewKept)), during);
        Assert.Equal(0, KnownLives.Live(after, nameof(NewKept)));
    }

    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events)]
    public async Task ACacheIsInUseAsLargeAsItIs(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        KnownLives.Collect();
        Profile before = look.Snapshot();
        object[] cache = new object[200_000];
        var random = new Random(5);
        for (int i = 0; i < 1_200_000; i++)
        {
            cache[random.Next(cache.Length)] = NewKept();
        }

        KnownLives.Collect();
        Profile profile = look.Snapshot();

        AssertNear(cache.Count(entry => entry is not null) * 1000L, KnownLives.Live(NamedSample.Of(ProfileDelta.Between(before, profile)), nameof(NewKept)), profile);
        GC.KeepAlive(cache);
    }

    /// <summary>A collection has not found them alive yet.</summary>
    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task WhatNoCollectionHasSeenIsNotInUse(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        KnownLives.Collect();
        Profile before = look.Snapshot();
        int collections = GC.CollectionCount(0);
        var kept = new List<object>();
        if (GC.TryStartNoGCRegion(64 << 20))
        {
            for (int i = 0; i < 40_000; i++)
            {
                kept.Add(NewKept());
            }

            List<NamedSample> samples = NamedSample.Of(look.Since(before));
            if (GC.CollectionCount(0) == collections + 1 || GC.CollectionCount(0) == collections)
            {
                Assert.True(Allocated(samples.Where(sample => sample.Has(nameof(NewKept)))) > 0);
                Assert.Equal(0, KnownLives.Live(samples, nameof(NewKept)));
            }

            GC.EndNoGCRegion();
        }

        KnownLives.Collect();
        Assert.True(KnownLives.Live(NamedSample.Of(look.Since(before)), nameof(NewKept)) > 0);
        GC.KeepAlive(kept);
    }

    // Each a method of its own, so that nothing is left of it where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepAndDrop(int count)
    {
        var kept = new List<object>();
        for (int i = 0; i < count; i++)
        {
            kept.Add(NewKept());
            s_sink = NewDropped();
        }

        s_sink = kept;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(int count)
    {
        object[] kept = new object[count];
        for (int i = 0; i < count; i++)
        {
            kept[i] = NewKept();
        }

        s_sink = kept;
    }
}
