using Pprof.Sources.Allocations;

namespace Pprof.Collectors.Heap;

/// <summary>The allocations of this process: one source and its tables, of which there are two profiles.</summary>
internal static class ProcessAllocations
{
    /// <summary>What was sampled, and what the runtime's events told where nothing better can be had.</summary>
    public static SampledAllocations[] Sampled => Made.Sampled;

    /// <summary>
    /// Who sees them. Sampling that is wanted always has begun by then: who asks for it before that was to begin does not wait for it.
    /// </summary>
    public static AllocationSource Source
    {
        get
        {
            Made.Source.Start();
            return Made.Source;
        }
    }

    // A service starts without them.
    private static class Made
    {
        public static readonly SampledAllocations[] Sampled = [new(), new()];
        public static readonly AllocationSource Source = AllocationSource.Create(Sampled[0], Sampled[1]);
    }
}
