using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Allocations;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class LiveObjectsTests
{
    /// <summary>As many samples as come in a day at 20 a second, of which one in ten stays for a while: none leaves a handle.</summary>
    [Fact]
    [Measures(false)]
    public void HandlesOfADayAreGivenBack()
    {
        const int Samples = 1_728_000;
        const int Limit = 1 << 12;
        var sink = new SampledAllocations();
        SinkSample sample = sink.Add([0x1000, 0x2000], 1000, 1, default);
        var live = new LiveObjects(sink, Limit);

        int most = AllocateAndDrop(live, sample, Samples);
        GC.Collect();
        live.Sweep(GC.CollectionCount(0));
        var table = new SampleTable(4);
        sink.CopyTo(table);

        Assert.InRange(most, 1_000, Limit);
        Assert.Equal(0, live.Count);
        Assert.Equal([1, 1000, 0, 0], table.Values(0).ToArray());
    }

    /// <summary>
    /// Samples of a day at 20 a second of which no two have the same stack, and as many live objects as are kept. With the
    /// ring, and what the unwinder remembers, it is less than 10 MB.
    /// </summary>
    [Fact]
    public void ADayOfDistinctStacksNeedsLittleMemory()
    {
        const int Samples = 1_728_000;
        const long Ring = 2 << 20;
        const long Unwinder = 2 << 20;
        object kept = new();
        long start = GC.GetTotalMemory(forceFullCollection: true);
        var sink = new SampledAllocations();
        var live = new LiveObjects(sink);
        nuint[] stack = [.. Enumerable.Range(0, 60).Select(static i => 0x10000 + (nuint)i)];
        for (int i = 0; i < Samples; i++)
        {
            stack[i % 40] += 4096;
            SinkSample sample = sink.Add(stack, 1000 + (i % 5_000), 1, default);
            if (i % 20 == 0)
            {
                live.Add(new WeakHandle(GCHandle.ToIntPtr(GCHandle.Alloc(kept, GCHandleType.Weak))), sample, 1000, 1, i);
            }
        }

        long managed = GC.GetTotalMemory(forceFullCollection: true) - start;
        int handles = live.Count;
        live.Clear();

        Assert.InRange(sink.Count, 1_000, 8_192);
        Assert.InRange(handles, 10_000, 1 << 15);
        Assert.InRange(managed + (handles * sizeof(long)), 1 << 20, (10 << 20) - Ring - Unwinder);
        GC.KeepAlive(sink);
        GC.KeepAlive(kept);
    }

    /// <summary>As many live objects as there may be, so that a look at all of them takes long.</summary>
    [Fact]
    public void ASampleCostsAFewLooksHoweverManyObjectsAreAlive()
    {
        const int Alive = 10_000;
        const int Samples = 100_000;
        const int Limit = 1 << 15;
        object kept = new();
        var sink = new SampledAllocations();
        SinkSample sample = sink.Add([0x1000, 0x2000], 1000, 1, default);
        var live = new LiveObjects(sink, Limit);
        long looks = 0;
        int most = 0;
        for (int i = 0; i < Alive + Samples; i++)
        {
            var handle = new WeakHandle(GCHandle.ToIntPtr(GCHandle.Alloc(i < Alive ? kept : null, GCHandleType.Weak)));
            live.Add(handle, sample, 1000, 1, i);
            most = Math.Max(most, live.Count);
            if (live.IsSweepDue)
            {
                looks += live.Count;
                live.Sweep(i);
            }
        }

        Assert.InRange(looks, Samples, 5 * (Alive + Samples));
        Assert.InRange(most, Alive, Alive * 2);
        live.Sweep(0);
        Assert.Equal(Alive, live.Count);
        live.Clear();
        GC.KeepAlive(kept);
    }

    /// <summary>Where there were too many, one in two is given up once, and not again for those that die.</summary>
    [Fact]
    public void WhenOneInTwoWasGivenUpTheDeadAreFoundInTime()
    {
        const int Limit = 1 << 12;
        object kept = new();
        var sink = new SampledAllocations();
        SinkSample sample = sink.Add([0x1000, 0x2000], 1000, 1, default);
        var live = new LiveObjects(sink, Limit);
        for (int i = 0; i < 50 * Limit; i++)
        {
            live.Add(new WeakHandle(GCHandle.ToIntPtr(GCHandle.Alloc(i <= Limit ? kept : null, GCHandleType.Weak))), sample, 1000, 1, 0);
            if (live.IsSweepDue)
            {
                live.Sweep(1);
            }
        }

        live.Sweep(1);

        // Ten standard deviations of what chance leaves.
        Assert.InRange(live.Count, (Limit / 2) - 320, (Limit / 2) + 320);
        live.Clear();
        GC.KeepAlive(kept);
    }

    /// <summary>The dead are found before any of the living would be given up.</summary>
    [Fact]
    public void NearlyAsManyAsThereMayBeStayExact()
    {
        const int Limit = 1 << 12;
        const int Alive = Limit * 3 / 4;
        object kept = new();
        var sink = new SampledAllocations();
        SinkSample sample = sink.Add([0x1000, 0x2000], 1000, 1, default);
        var live = new LiveObjects(sink, Limit);
        for (int i = 0; i < 100_000; i++)
        {
            bool lives = i < Alive;
            live.Add(new WeakHandle(GCHandle.ToIntPtr(GCHandle.Alloc(lives ? kept : null, GCHandleType.Weak))), sample, 1000, 1, 0, hasLived: lives);
            if (live.IsSweepDue)
            {
                live.Sweep(1);
            }
        }

        live.Sweep(1);
        var table = new SampleTable(4);
        sink.CopyTo(table);

        Assert.Equal(Alive, live.Count);
        Assert.Equal([1, 1000, Alive, Alive * 1000L], table.Values(0).ToArray());
        live.Clear();
        GC.KeepAlive(kept);
    }

    // Its own method, so that nothing is left of it where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int AllocateAndDrop(LiveObjects live, SinkSample sample, int count)
    {
        object[] kept = new object[1_000];
        int most = 0;
        for (int i = 0; i < count; i++)
        {
            object value = new();
            if (i % 10 == 0)
            {
                kept[i / 10 % kept.Length] = value;
            }

            live.Add(new WeakHandle(GCHandle.ToIntPtr(GCHandle.Alloc(value, GCHandleType.Weak))), sample, 1000, 1, GC.CollectionCount(0));
            if (i % 2_000 == 0)
            {
                GC.Collect(0);
                live.Sweep(GC.CollectionCount(0));
            }

            most = Math.Max(most, live.Count);
        }

        return most;
    }
}
