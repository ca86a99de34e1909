namespace Pprof.Sources.Waits;

/// <summary>What a thread is waiting for, as far as its events tell.</summary>
internal sealed class WaitingThread
{
    // Of a deeper stack the runtime keeps the innermost frames.
    private const int MaxDepth = 100;

    private nuint[] _contentionFrames = [];
    private nuint[] _waitFrames = [];
    private int _contentionDepth;
    private int _contentionSkip;
    private int _lockingFrames;
    private nuint[] _holdingFrames = [];
    private int _holdingDepth;
    private int _waitDepth;

    /// <summary>Between the start and the end of a contention.</summary>
    public bool InContention { get; private set; }

    /// <summary>Between the start and the end of a wait on an event, which may be part of a contention.</summary>
    public bool InWait { get; private set; }

    /// <summary>For how many waits the current one stands; 0 if it is not sampled.</summary>
    public int Weight { get; set; }

    public long ContentionStart { get; private set; }

    public long WaitStart { get; private set; }

    /// <summary>When the last wait of the current contention ended; 0 before.</summary>
    public long WaitEnd { get; private set; }

    /// <summary>Where the thread that had the lock at the start of the contention took it; 0 where unknown.</summary>
    public nuint Holder { get; set; }

    /// <summary>The lock that it contends for, or did last.</summary>
    public long LockId { get; private set; }

    /// <summary>Whether that is a <see cref="Lock"/>, which tells in managed code that it is contended.</summary>
    public bool IsManagedLock => _contentionSkip > 0;

    /// <summary>The lock that the thread took last after a contention, and may still have; 0 for none.</summary>
    public long HeldLock { get; private set; }

    /// <summary>Where it took it.</summary>
    public nuint TakenAt => _holdingDepth > 0 ? _holdingFrames[0] : 0;

    public ReadOnlySpan<nuint> ContentionFrames => _contentionFrames.AsSpan(_contentionSkip, _contentionDepth - _contentionSkip);

    public ReadOnlySpan<nuint> WaitFrames => _waitFrames.AsSpan(0, _waitDepth);

    /// <summary>
    /// Begins a contention. The innermost <paramref name="tracing"/> frames are there because it is traced, the
    /// innermost <paramref name="locking"/> ones are the lock's own.
    /// </summary>
    public void BeginContention(long timestamp, long lockId, ReadOnlySpan<nuint> frames, int tracing, int locking)
    {
        InContention = true;
        InWait = false;
        ContentionStart = timestamp;
        WaitEnd = 0;
        LockId = lockId;
        _contentionDepth = Copy(frames, ref _contentionFrames);
        _contentionSkip = tracing;
        _lockingFrames = locking;
    }

    public void EndContention(bool hasLock)
    {
        if (hasLock)
        {
            HeldLock = LockId;
            _holdingDepth = Copy(_contentionFrames.AsSpan(_lockingFrames, _contentionDepth - _lockingFrames), ref _holdingFrames);
        }

        InContention = false;
        InWait = false;
        WaitEnd = 0;
    }

    /// <summary>Whether a wait with this stack is that of the current contention: it was called from the same place.</summary>
    public bool IsPartOfContention(ReadOnlySpan<nuint> frames)
    {
        ReadOnlySpan<nuint> callers = _contentionFrames.AsSpan(_lockingFrames, _contentionDepth - _lockingFrames);
        if (callers.IsEmpty)
        {
            return true;
        }

        // The frames of the runtime that lie above differ.
        int at = frames.IndexOf(callers[0]);
        return at >= 0 && IsSame(callers, frames[at..], whole: _contentionDepth < MaxDepth && frames.Length < MaxDepth);
    }

    /// <summary>
    /// Takes note of where the thread is now. Once it has left the method that took a lock, it does not have that lock.
    /// </summary>
    public void SeeAt(ReadOnlySpan<nuint> frames)
    {
        if (HeldLock == 0 || _holdingDepth == 0)
        {
            return;
        }

        // The same call of the method has the same callers; where in it the thread is does not matter.
        ReadOnlySpan<nuint> callers = _holdingFrames.AsSpan(1, _holdingDepth - 1);
        bool isThere = callers.IsEmpty
            || (frames.IndexOf(callers[0]) is >= 0 and var at && IsSame(callers, frames[at..], whole: frames.Length < MaxDepth));
        if (!isThere)
        {
            Release();
        }
    }

    /// <summary>It does not have the lock any more.</summary>
    public void Release()
    {
        HeldLock = 0;
        _holdingDepth = 0;
    }

    public void BeginWait(long timestamp, ReadOnlySpan<nuint> frames)
    {
        InWait = true;
        WaitStart = timestamp;
        if (!InContention)
        {
            _waitDepth = Copy(frames, ref _waitFrames);
        }
    }

    /// <summary>What it waits for is not known.</summary>
    public void ForgetWait()
    {
        InWait = false;
        WaitEnd = 0;
    }

    public void EndWait(long timestamp)
    {
        InWait = false;
        if (InContention)
        {
            WaitEnd = timestamp;
        }
    }

    /// <summary>Whether two parts of stacks are the same; as far as both go, where one may have been cut.</summary>
    private static bool IsSame(ReadOnlySpan<nuint> left, ReadOnlySpan<nuint> right, bool whole)
    {
        int common = Math.Min(left.Length, right.Length);
        return (!whole || left.Length == right.Length) && left[..common].SequenceEqual(right[..common]);
    }

    private static int Copy(ReadOnlySpan<nuint> frames, ref nuint[] copy)
    {
        if (copy.Length < frames.Length)
        {
            copy = new nuint[Math.Max(frames.Length, 32)];
        }

        frames.CopyTo(copy);
        return frames.Length;
    }
}
