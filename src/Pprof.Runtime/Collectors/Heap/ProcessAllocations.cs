using Pprof.Sources.Allocations;

namespace Pprof.Collectors.Heap;

/// <summary>The allocations of this process: one source and its tables, of which there are two profiles.</summary>
internal static class ProcessAllocations
{
    /// <summary>What was sampled, and what the runtime's events told where nothing better can be had.</summary>
    public static readonly SampledAllocations[] Sampled = [new(), new()];

    /// <summary>Who sees them.</summary>
    public static readonly AllocationSource Source = AllocationSource.Create(Sampled[0], Sampled[1]);
}
