using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Sources.Trace;

/// <summary>Waits of which only the end is told: each becomes a beginning and an end.</summary>
internal sealed class WaitLog : LateLog
{
    /// <summary>A thread has waited.</summary>
    /// <param name="thread">The system's id of the thread.</param>
    /// <param name="end">When that ended.</param>
    /// <param name="nanoseconds">How long it took.</param>
    /// <param name="kind">What for: a <see cref="WaitKind"/>.</param>
    /// <param name="frames">Where, leaf first.</param>
    public void Add(int thread, long end, long nanoseconds, LabelSet kind, ReadOnlySpan<nuint> frames)
    {
        (TraceMomentKind begins, TraceMomentKind ends) = kind == WaitKind.Lock ? (TraceMomentKind.LockWaitBegin, TraceMomentKind.LockWaitEnd)
            : kind == WaitKind.WaitHandle || kind == WaitKind.ThreadJoin ? (TraceMomentKind.HandleWaitBegin, TraceMomentKind.WaitEnd)
            : (TraceMomentKind.MonitorWaitBegin, TraceMomentKind.WaitEnd);

        // What is told has nanoseconds, as the clock has on Linux.
        Add(new TraceMoment { Kind = begins, Thread = thread, Timestamp = end - Math.Max(1, nanoseconds) }, frames);
        Add(new TraceMoment { Kind = ends, Thread = thread, Timestamp = end }, []);
    }
}
