using Pprof.Sources.Allocations;

namespace Pprof.Collectors.Heap;

/// <summary>The allocations of this process: one source and one table, of which there are two profiles.</summary>
internal static class ProcessAllocations
{
    /// <summary>What was sampled.</summary>
    public static readonly SampledAllocations Sampled = new();

    /// <summary>Who sees them.</summary>
    public static readonly AllocationSource Source = AllocationSource.Create(Sampled);
}
