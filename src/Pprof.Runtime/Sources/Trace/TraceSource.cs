using Pprof.Process;

namespace Pprof.Sources.Trace;

/// <summary>Who sees what the runtime does: idle threads of the pool, waits, collections, exceptions.</summary>
internal abstract class TraceSource
{
    /// <summary>The one for the runtime that this process runs on.</summary>
    /// <param name="queue">Gets what is seen, in the order of time.</param>
    /// <param name="content">What is wanted.</param>
    public static TraceSource Create(TraceQueue queue, TraceContent content) =>
        ManagedRuntime.IsCoreClr ? new EventTraceSource(queue, content) : new NativeTraceSource(queue, content);

    /// <summary>Whether what is seen comes later than it happens.</summary>
    public abstract bool IsLate { get; }

    /// <summary>Why nothing is seen, or not all; null where it is.</summary>
    public abstract string? Failure { get; }

    /// <summary>Begins to watch. The task, which does not fail, completes when it is so, or it is known why it cannot be.</summary>
    public abstract Task OpenAsync();

    /// <summary>Completes when everything that happened before the call is in the queue; with false when that takes too long.</summary>
    public abstract Task<bool> FlushAsync();

    /// <summary>Ends watching. The task does not fail.</summary>
    public abstract Task CloseAsync();
}
