namespace Pprof.Sources.Allocations;

/// <summary>What the samples of allocations cover.</summary>
internal sealed record AllocationCoverage
{
    /// <summary>What tells of allocations.</summary>
    public AllocationEvidence Source { get; init; }

    /// <summary>Why it is not known of all which are alive, and what would help; null where it is.</summary>
    public string? LiveUnknown { get; init; }

    /// <summary>Whether it is known all the same of objects that were allocated in a window that follows them.</summary>
    public bool FollowsObjects { get; init; }

    /// <summary>Since when allocations have been sampled; null where they are not.</summary>
    public DateTime? Since { get; init; }

    /// <summary>How often the sampling has begun in this process.</summary>
    public int Begins { get; init; }

    /// <summary>Whether there were times without samples since then.</summary>
    public bool HadPauses { get; init; }

    /// <summary>Whether no garbage collection has come since, so that no object is known to be alive.</summary>
    public bool AwaitsCollection { get; init; }

    /// <summary>Bytes from one sample to the next, on average, as far as there were not too many; 0 where none are taken.</summary>
    public long Rate { get; init; }

    /// <summary>The bytes for which one sample stood at most, where allocations were too many for that.</summary>
    public long ThinnedRate { get; init; }

    /// <summary>The smallest part of the time in which they were sampled, where they were too many for all of it; otherwise 1.</summary>
    public double SampledShare { get; init; } = 1;

    /// <summary>Samples that found no free place in the buffer. Their bytes are accounted for.</summary>
    public long LostSamples { get; init; }

    /// <summary>Samples that had labels which nobody remembered when they were read.</summary>
    public long SamplesWithoutLabels { get; init; }

    /// <summary>Events that the runtime had no room for. Their bytes are missing.</summary>
    public long LostEvents { get; init; }

    /// <summary>Names in the stacks of this process that stand for several methods each.</summary>
    public int SharedNames { get; init; }

    /// <summary>Whether allocations are sampled only while somebody asks.</summary>
    public bool IsOnDemand { get; init; }
}
