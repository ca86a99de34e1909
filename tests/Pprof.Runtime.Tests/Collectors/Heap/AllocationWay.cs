namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>Who tells of allocations.</summary>
public enum AllocationWay
{
    /// <summary>The runtime's callback on the thread that allocates, all the time.</summary>
    Callback,

    /// <summary>The runtime's events of sampled allocations, in a window: where the callback cannot be had.</summary>
    Events,

    /// <summary>Its allocation ticks, in a window: what .NET 9 has.</summary>
    Ticks,
}
