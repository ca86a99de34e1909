using Pprof.Process;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Threads.Linked;

namespace Pprof.Sources.Threads;

/// <summary>Who sees threads being created, and tells a sink of it.</summary>
internal abstract class ThreadCreationSource(IThreadSink sink)
{
    /// <summary>Whether threads are watched all the time: otherwise only between <see cref="OpenAsync"/> and <see cref="CloseAsync"/>.</summary>
    public static readonly Setting WatchesAlways = new();

    /// <summary>
    /// Gives the system's id of a thread by the runtime's id: while it runs, null before and after; some time after its end
    /// perhaps that of another. Null where only <see cref="IThreadSink.Created"/> tells.
    /// </summary>
    public static Func<long, int?>? SystemIdOf => ManagedRuntime.IsCoreClr && RuntimeProvider.FiltersById ? RuntimeThread.SystemIdOf : null;

    /// <summary>Why what is wanted now cannot be had here, and what would help; null where it can.</summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>Why threads are not watched that should be; null while they are.</summary>
    public abstract string? Failure { get; }

    /// <summary>Whether the runtime tells who creates a thread.</summary>
    public abstract bool KnowsCreators { get; }

    /// <summary>Whether threads are to be watched now.</summary>
    public abstract bool IsWanted { get; }

    /// <summary>Events that the runtime had no room for.</summary>
    public abstract long Lost { get; }

    /// <summary>Who gets what is seen.</summary>
    protected IThreadSink Sink => sink;

    /// <summary>The one for the runtime that this process runs on.</summary>
    public static ThreadCreationSource Create(IThreadSink sink) =>
        ManagedRuntime.IsCoreClr ? new ThreadEventSource(sink)
        : LinkedThreadHooks.Instance is { } hooks ? new LinkedThreadSource(sink, hooks)
        : new ThreadListSource(sink);

    /// <summary>Makes sure that what is watched with can be had later, whatever becomes of its place. Returns at once.</summary>
    public static void Prepare()
    {
        if (ManagedRuntime.IsCoreClr)
        {
            DiagnosticPort.Keep();
        }
    }

    /// <summary>Begins or ends watching, as is wanted now. Does not throw.</summary>
    public abstract Task UpdateAsync();

    /// <summary>
    /// Watches until <see cref="CloseAsync"/>. The task completes when it has begun; where that is not to be had,
    /// <see cref="Failure"/> says why.
    /// </summary>
    public abstract Task OpenAsync();

    /// <summary>Ends what <see cref="OpenAsync"/> began, in any case.</summary>
    public abstract Task CloseAsync();

    /// <summary>Tells everything that happened until now; completes with false when that takes too long.</summary>
    public abstract Task<bool> FlushAsync();

    /// <summary>Tells what can be told at once, where nobody tells without being asked.</summary>
    public abstract void Look();

    /// <summary>Tells which threads the system has: all that can be told without watching.</summary>
    protected void List() => sink.Listed(ReadThreads());

    /// <summary>The system's ids of the threads that are not this package's: with each answer there is another of those.</summary>
    protected static HashSet<int> ReadThreads() => [.. OwnThreads.Others(SystemThreads.Read)];
}
