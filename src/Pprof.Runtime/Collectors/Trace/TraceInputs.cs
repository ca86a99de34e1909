using Pprof.Sources.Trace;

namespace Pprof.Collectors.Trace;

/// <summary>Where what a trace tells comes from.</summary>
/// <param name="Runtime">What the runtime sees.</param>
/// <param name="Application">What the application says.</param>
internal sealed record TraceInputs(TraceQueue Runtime, TraceQueue Application)
{
    /// <summary>Whether what the runtime sees comes later than all else.</summary>
    public bool RuntimeIsLate { get; init; } = true;

    /// <summary>What threads do with the queue of the thread pool, and with asynchronous methods; null where neither is wanted.</summary>
    public WorkLog? Work { get; init; }

    /// <summary>What threads wait for, where that is told at the end of each wait; null where it is not.</summary>
    public WaitLog? Waits { get; init; }

    /// <summary>Collections, where hooks write them down; null where they do not.</summary>
    public LinkedCollectionLog? Collections { get; init; }

    /// <summary>Whether it is told which work threads of the pool have.</summary>
    public bool HasWork { get; init; } = true;

    /// <summary>Where threads use CPU time; null where that is not wanted.</summary>
    public SampleLog? Samples { get; init; }

    /// <summary>Which activities are drawn; null where none is wanted.</summary>
    public ActivityThinning? Thinning { get; init; }

    /// <summary>Whether it is told how much is compiled.</summary>
    public bool HasCompilation { get; init; }
}
