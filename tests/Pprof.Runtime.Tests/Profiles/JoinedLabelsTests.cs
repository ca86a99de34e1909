using System.Runtime.CompilerServices;
using Pprof.Collectors.Heap;
using Pprof.Collectors.Waits;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Profiles;

/// <summary>Labels may be one for each request: what was kept for more of the same goes when nobody collects them.</summary>
public sealed class JoinedLabelsTests
{
    [Fact]
    public void WaitsKeepNoLabelsAfterTheLastWindow()
    {
        var waits = new BlockWaits();
        waits.OpenWindow();
        WeakReference labels = Add(added => waits.Record([0x1000], Labels("wait", "lock"), new SampledLabels(added, LabelSet.Empty), 1_000_000_000));
        Assert.True(IsAliveAfterCollection(labels));

        waits.CloseWindow();

        Assert.False(IsAliveAfterCollection(labels));
        GC.KeepAlive(waits);
    }

    [Fact]
    public void AllocationsKeepNoLabelsAfterTheLastWindow()
    {
        var sampled = new SampledAllocations();
        sampled.OpenWindow();
        WeakReference labels = Add(added => sampled.Add([0x9000, 0x1000], 100, 1, new SampledLabels(added, LabelSet.Empty)));
        Assert.True(IsAliveAfterCollection(labels));

        sampled.CloseWindow();

        Assert.False(IsAliveAfterCollection(labels));
        GC.KeepAlive(sampled);
    }

    private static LabelSet Labels(string key, string value) => new([new Label(key, value)]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Add(Action<LabelSet> add)
    {
        LabelSet labels = Labels("span_id", "1");
        add(labels);
        return new WeakReference(labels);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsAliveAfterCollection(WeakReference labels)
    {
        GC.Collect();
        return labels.IsAlive;
    }
}
