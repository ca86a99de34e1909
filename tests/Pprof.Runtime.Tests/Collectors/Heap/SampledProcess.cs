using Pprof.Collectors.Heap;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>While it is there, the process takes as many samples of its allocations as the runtime can give.</summary>
internal sealed class SampledProcess : IDisposable
{
    private SampledProcess()
    {
        AllocationSource.Rate.Set(ThinnedRate.RuntimePeriod);

        // However much is allocated for a moment, exact sums are compared.
        SamplingSlices.Threshold = long.MaxValue;
    }

    /// <summary>In windows only.</summary>
    public static SampledProcess OnDemand() => new();

    /// <summary>All the time, for this collector too.</summary>
    public static SampledProcess Always(HeapProfileCollector collector)
    {
        var process = new SampledProcess();
        AllocationSource.SamplesAlways.Set(1);
        collector.ApplicationStarted();
        return process;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AllocationSource.SamplesAlways.Set(0);
        AllocationSource.Rate.Set(0);
        SamplingSlices.Threshold = SamplingSlices.DefaultThreshold;
    }
}
