using Pprof.Process;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Trace;
using Pprof.Sources.Waits.Callback;
using Pprof.Sources.Waits.Linked;

namespace Pprof.Sources.Waits;

/// <summary>Who sees threads wait, and tells two sinks of it.</summary>
internal abstract class WaitSource
{
    /// <summary>One in so many contentions is sampled; 0 for none.</summary>
    public static readonly Setting MutexFraction = new();

    /// <summary>Nanoseconds of waiting for one sample; 1 or less above 0 for all, 0 for none.</summary>
    public static readonly Setting BlockRate = new();

    /// <summary>
    /// Gets each wait with its thread and its time, from the next <see cref="UpdateAsync"/> on: in NativeAOT programs alone, as
    /// elsewhere the runtime's events tell them. Null while nobody wants it.
    /// </summary>
    public WaitLog? Log { get; set; }

    /// <summary>Why nobody sees threads wait here, and what would help; null where somebody does.</summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>Why what the sinks want is not watched; null while it is.</summary>
    public abstract string? Failure { get; }

    /// <summary>Whether waits are watched, if perhaps not all that the sinks want.</summary>
    public abstract bool IsWatching { get; }

    /// <summary>The number of waits for which one that was recorded stood at most.</summary>
    public virtual int MaxThinning => 1;

    /// <summary>Where what is known of waits comes from.</summary>
    public abstract string Description { get; }

    /// <summary>Events, or records of waits, that found no room.</summary>
    public abstract long Lost { get; }

    /// <summary>Waits whose threads had labels that nobody remembered when they became known.</summary>
    public abstract long SamplesWithoutLabels { get; }

    /// <summary>
    /// The one for the runtime that this process runs on. Follows the two settings, and watches nothing before one of them
    /// changes or <see cref="UpdateAsync"/> is called.
    /// </summary>
    /// <param name="contentions">Gets the waits for contended locks.</param>
    /// <param name="waits">Gets all waits, these included.</param>
    public static WaitSource Create(IWaitSink contentions, IWaitSink waits)
    {
        WaitSource source = ManagedRuntime.IsCoreClr
            ? new PreferredWaitSource(new CallbackWaitSource(contentions, waits), new WaitEventSource(contentions, waits))
            : new LinkedWaitSource(contentions, waits);
        MutexFraction.Changed += source.UpdateAsync;
        BlockRate.Changed += source.UpdateAsync;
        return source;
    }

    /// <summary>Makes sure that what is watched with can be had later, whatever becomes of its place. Returns at once.</summary>
    public static void Prepare()
    {
        if (ManagedRuntime.IsCoreClr)
        {
            DiagnosticPort.Keep();
        }
    }

    /// <summary>
    /// Starts or ends watching, as the sinks want now, on a thread of this package; the task completes when it is done. It
    /// does not fail: the application has set a rate, and is not to fail because of it.
    /// </summary>
    public abstract Task UpdateAsync();

    /// <summary>The same where watching failed, of something that may be over, or a rate was set before there was a source.</summary>
    public abstract Task RetryAsync();

    /// <summary>
    /// Completes when everything that happened before has been recorded; with false when that takes too long.
    /// </summary>
    public abstract Task<bool> FlushAsync();

    /// <summary>
    /// Tells what threads waited for from where they did. Not kept: it holds on to methods, some of which can be unloaded.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">Nobody sees threads wait here.</exception>
    public abstract WaitClassifier NewClassifier();
}
