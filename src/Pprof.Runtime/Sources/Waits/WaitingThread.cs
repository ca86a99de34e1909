using Pprof.Profiles;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Waits;

/// <summary>What a thread is waiting for, and which lock it has, as far as its events tell.</summary>
internal sealed class WaitingThread
{
    private FrameCopy _contention;
    private int _tracingFrames;
    private int _lockingFrames;
    private FrameCopy _wait;

    // Of the contention after which it took the lock that it has, from the method on that took it.
    private FrameCopy _taking;

    /// <summary>Between the start and the end of a contention.</summary>
    public bool InContention { get; private set; }

    /// <summary>Between the start and the end of a wait on an event, which may be part of a contention.</summary>
    public bool InWait { get; private set; }

    /// <summary>The labels that it had when the current wait began.</summary>
    public SampledLabels Labels { get; set; }

    /// <summary>When the contention began.</summary>
    public long ContentionStart { get; private set; }

    /// <summary>When the wait began.</summary>
    public long WaitStart { get; private set; }

    /// <summary>When the last wait of the current contention ended; 0 before.</summary>
    public long WaitEnd { get; private set; }

    /// <summary>Where the thread that had the lock at the start of the contention took it; 0 where unknown.</summary>
    public nuint HolderTookAt { get; private set; }

    /// <summary>The lock that it contends for, or did last.</summary>
    public long LockId { get; private set; }

    /// <summary>Whether that is a <see cref="Lock"/>, which tells in managed code that it is contended.</summary>
    public bool IsManagedLock => _tracingFrames > 0;

    /// <summary>The lock that the thread took last after a contention, and may still have; 0 for none.</summary>
    public long HeldLock { get; private set; }

    /// <summary>Where it took it; 0 where unknown.</summary>
    public nuint TookAt => _taking.Frames is [var method, ..] ? method : 0;

    /// <summary>Where it contends, without the frames that are there because it is traced.</summary>
    public ReadOnlySpan<nuint> ContentionFrames => _contention.Frames[_tracingFrames..];

    /// <summary>Where it waits, or did last, apart from contentions.</summary>
    public ReadOnlySpan<nuint> WaitFrames => _wait.Frames;

    // The method that wants the lock and its callers.
    private ReadOnlySpan<nuint> ContendingFrames => _contention.Frames[_lockingFrames..];

    /// <summary>
    /// Begins a contention. The innermost <paramref name="tracing"/> frames are there because it is traced; with them, the
    /// innermost <paramref name="locking"/> ones are the lock's own.
    /// </summary>
    public void BeginContention(long timestamp, long lockId, nuint holderTookAt, ReadOnlySpan<nuint> frames, int tracing, int locking)
    {
        InContention = true;
        InWait = false;
        ContentionStart = timestamp;
        WaitEnd = 0;
        LockId = lockId;
        HolderTookAt = holderTookAt;
        _contention.Set(frames);
        _tracingFrames = tracing;
        _lockingFrames = locking;
    }

    /// <summary>Ends the contention, with the lock or without.</summary>
    public void EndContention(bool hasLock)
    {
        if (hasLock)
        {
            HeldLock = LockId;
            _taking.Set(ContendingFrames);
        }

        InContention = false;
        InWait = false;
        WaitEnd = 0;
    }

    /// <summary>Whether a wait with this stack is that of the current contention: it was called from the same place.</summary>
    public bool IsPartOfContention(ReadOnlySpan<nuint> frames)
    {
        ReadOnlySpan<nuint> callers = ContendingFrames;
        if (callers.IsEmpty)
        {
            return true;
        }

        // The frames of the runtime that lie above differ.
        int at = frames.IndexOf(callers[0]);
        return at >= 0 && FrameCopy.IsSame(callers, frames[at..], whole: _contention.Frames.Length < RuntimeEvent.MaxFrames && frames.Length < RuntimeEvent.MaxFrames);
    }

    /// <summary>
    /// Takes note of where the thread is now. Once it has left the method that took a lock, it does not have that lock.
    /// </summary>
    public void SeeAt(ReadOnlySpan<nuint> frames)
    {
        if (HeldLock != 0 && !_taking.GoesOnIn(frames, RuntimeEvent.MaxFrames))
        {
            Release();
        }
    }

    /// <summary>It does not have the lock any more.</summary>
    public void Release()
    {
        HeldLock = 0;
        _taking.Clear();
    }

    /// <summary>Begins a wait, as a part of the contention where it is in one.</summary>
    public void BeginWait(long timestamp, ReadOnlySpan<nuint> frames)
    {
        InWait = true;
        WaitStart = timestamp;
        if (!InContention)
        {
            _wait.Set(frames);
        }
    }

    /// <summary>What it waits for is not known.</summary>
    public void ForgetWait()
    {
        InWait = false;
        WaitEnd = 0;
    }

    /// <summary>Ends the wait. The contention goes on.</summary>
    public void EndWait(long timestamp)
    {
        InWait = false;
        if (InContention)
        {
            WaitEnd = timestamp;
        }
    }
}
