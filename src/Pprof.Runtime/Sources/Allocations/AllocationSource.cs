using Pprof.Process;
using Pprof.Sources.Allocations.Callback;
using Pprof.Sources.Allocations.Events;
using Pprof.Sources.Allocations.Linked;

namespace Pprof.Sources.Allocations;

/// <summary>Who sees objects being allocated and dying, and tells a sink of a sample of them.</summary>
internal abstract class AllocationSource
{
    /// <summary>Whether allocations are sampled all the time: otherwise only between <see cref="OpenAsync"/> and <see cref="CloseAsync"/>.</summary>
    public static readonly Setting SamplesAlways = new();

    /// <summary>Whether they are never sampled.</summary>
    public static readonly Setting IsOff = new();

    /// <summary>Bytes from one sample to the next, on average; 0 for no samples.</summary>
    public static readonly Setting Rate = new();

    /// <summary>Why nobody sees allocations here, and what would help; null where somebody does.</summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>Why allocations are not sampled that should be; null while they are.</summary>
    public abstract string? Failure { get; }

    /// <summary>What has been sampled so far.</summary>
    public abstract AllocationCoverage Coverage { get; }

    /// <summary>Why allocations are never sampled, whoever could see them; null where they may be.</summary>
    protected static string? OffReason =>
        IsOff.IsOn ? "the memory profiles are switched off (MemoryProfile = Off); set it to Sampled or OnDemand. heap?view=types and heap?view=retained do without" : null;

    /// <summary>Whether sampling may begin when it is wanted. What has begun goes on.</summary>
    public virtual bool MayBegin { get; set; } = true;

    /// <summary>The one for the runtime and the system that this process runs on. Sees nothing until it is told to.</summary>
    /// <param name="sink">Gets the samples.</param>
    /// <param name="eventSink">Gets those that the runtime's events tell of, where nothing better can be had.</param>
    public static AllocationSource Create(IAllocationSink sink, IAllocationSink eventSink) =>
        ManagedRuntime.IsCoreClr
            ? new PreferredAllocationSource(new CallbackAllocationSource(sink), new EventAllocationSource(eventSink))
            : new LinkedAllocationSource(sink);

    /// <summary>The application has started: sampling that is wanted always begins now, in the background. Returns at once. Later calls do nothing.</summary>
    public abstract void Start();

    /// <summary>
    /// Samples until <see cref="CloseAsync"/>. The task completes when it has begun; where that is not to be had,
    /// <see cref="Failure"/> says why.
    /// </summary>
    public abstract Task OpenAsync(AllocationWindow window);

    /// <summary>Ends what <see cref="OpenAsync"/> began, in any case.</summary>
    public abstract Task CloseAsync(AllocationWindow window);

    /// <summary>
    /// Completes when the sink knows of everything that was allocated until now, and of every sampled object that a
    /// collection has found dead; with false when that takes too long.
    /// </summary>
    public abstract Task<bool> FlushAsync();
}
