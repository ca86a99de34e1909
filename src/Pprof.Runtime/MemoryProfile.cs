namespace Pprof;

/// <summary>When allocations are sampled for the <c>heap</c> and <c>allocs</c> profiles.</summary>
public enum MemoryProfile
{
    /// <summary>From when the application has started.</summary>
    Sampled,

    /// <summary>While <c>seconds=</c> is answered.</summary>
    OnDemand,

    /// <summary>Never: the profiles answer 501.</summary>
    Off,
}
