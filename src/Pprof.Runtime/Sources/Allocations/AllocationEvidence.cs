namespace Pprof.Sources.Allocations;

/// <summary>What tells of allocations.</summary>
internal enum AllocationEvidence
{
    /// <summary>Samples that were taken on the thread that allocates, each with a handle of its object.</summary>
    Samples,

    /// <summary>The runtime's events of its own samples.</summary>
    SampledEvents,

    /// <summary>The runtime's events of each 100,000 bytes or so.</summary>
    Ticks,
}
