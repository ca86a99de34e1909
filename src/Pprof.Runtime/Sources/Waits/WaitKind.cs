using Pprof.Profiles;

namespace Pprof.Sources.Waits;

/// <summary>
/// What a thread waits for, as a label of the block profile: <c>-tagroot=wait</c> groups by it, and
/// <c>-tagfocus=wait=sync-over-async</c> leaves what .NET services suffer from most.
/// </summary>
internal static class WaitKind
{
    /// <summary>The label's key.</summary>
    public const string Key = "wait";

    /// <summary>A thread that stands still until a task is done.</summary>
    public static readonly LabelSet SyncOverAsync = Named("sync-over-async");

    /// <summary>A thread that waits for the others in <c>Parallel</c> or a parallel query.</summary>
    public static readonly LabelSet Parallel = Named("parallel");

    public static readonly LabelSet Lock = Named("lock");

    public static readonly LabelSet ReaderWriterLock = Named("reader-writer-lock");

    public static readonly LabelSet Semaphore = Named("semaphore");

    public static readonly LabelSet ThreadJoin = Named("thread-join");

    public static readonly LabelSet Event = Named("event");

    public static readonly LabelSet MonitorWait = Named("monitor-wait");

    public static readonly LabelSet WaitHandle = Named("wait-handle");

    private static LabelSet Named(string name) => new([new Label(Key, name)]);
}
