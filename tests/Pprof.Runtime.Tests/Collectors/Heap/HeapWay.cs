namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>How the whole heap is looked at.</summary>
public enum HeapWay
{
    /// <summary>In a copy of the process.</summary>
    Copy,

    /// <summary>By the runtime's events, which serve where the process cannot be copied.</summary>
    Events,
}
