using Pprof.Process;
using Pprof.Sources.Waits;

namespace Pprof.Sources.Trace;

/// <summary>Who sees what the runtime does: idle threads of the pool, waits, collections, exceptions.</summary>
internal abstract class TraceSource
{
    /// <summary>The one for the runtime that this process runs on.</summary>
    /// <param name="queue">Gets what is seen, in the order of time.</param>
    /// <param name="content">What is wanted.</param>
    /// <param name="waits">Who sees threads wait, for those who cannot.</param>
    public static TraceSource Create(TraceQueue queue, TraceContent content, Func<WaitSource> waits) => ManagedRuntime.IsCoreClr
        ? new EventTraceSource(queue, content)
        : new NativeTraceSource(content, content.HasFlag(TraceContent.Waits) ? waits() : null);

    /// <summary>Whether what is seen comes later than it happens.</summary>
    public abstract bool IsLate { get; }

    /// <summary>Waits that are seen without the queue; null where they go there or are not wanted.</summary>
    public virtual WaitLog? Waits => null;

    /// <summary>Collections that are seen without the queue; null where they go there or are not wanted.</summary>
    public virtual LinkedCollectionLog? Collections => null;

    /// <summary>Why nothing is seen, or not all; null where it is.</summary>
    public abstract string? Failure { get; }

    /// <summary>What is missing of what has been seen, in words.</summary>
    public virtual IEnumerable<string> Gaps => [];

    /// <summary>Begins to watch. The task, which does not fail, completes when it is so, or it is known why it cannot be.</summary>
    public abstract Task OpenAsync();

    /// <summary>Completes when everything that happened before the call is in the queue; with false when that takes too long.</summary>
    public abstract Task<bool> FlushAsync();

    /// <summary>Ends watching. The task does not fail.</summary>
    public abstract Task CloseAsync();
}
