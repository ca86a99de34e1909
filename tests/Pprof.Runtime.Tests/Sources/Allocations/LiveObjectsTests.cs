using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed class LiveObjectsTests
{
    /// <summary>As many samples as come in a day at 20 a second, of which one in ten stays for a while: none leaves a handle.</summary>
    [Fact]
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
