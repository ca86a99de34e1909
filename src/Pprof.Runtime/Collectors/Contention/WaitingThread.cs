namespace Pprof.Collectors.Contention;

/// <summary>What a thread is waiting for, as far as its events tell. Stacks in it are addresses inside the calls.</summary>
internal sealed class WaitingThread
{
    private nuint[] _contentionFrames = [];
    private nuint[] _waitFrames = [];
    private int _contentionDepth;
    private int _contentionSkip;
    private int _lockingFrames;
    private int _waitDepth;
    private long _lockId;

    /// <summary>Between the start and the end of a contention.</summary>
    public bool InContention { get; private set; }

    /// <summary>Between the start and the end of a wait on an event, which may be part of a contention.</summary>
    public bool InWait { get; private set; }

    public long ContentionStart { get; private set; }

    public long WaitStart { get; private set; }

    /// <summary>When the last wait of the current contention ended; 0 before.</summary>
    public long WaitEnd { get; private set; }

    /// <summary>Where the thread that had the lock at the start of the contention took it; 0 where unknown.</summary>
    public nuint Holder { get; set; }

    /// <summary>The lock that the thread took last after a contention.</summary>
    public long AcquiredLock { get; private set; }

    /// <summary>Where it took it.</summary>
    public nuint AcquiredAt { get; private set; }

    public ReadOnlySpan<nuint> ContentionStack => _contentionFrames.AsSpan(_contentionSkip, _contentionDepth - _contentionSkip);

    public ReadOnlySpan<nuint> WaitStack => _waitFrames.AsSpan(0, _waitDepth);

    /// <summary>
    /// Begins a contention. The innermost <paramref name="tracing"/> frames are there because it is traced, the
    /// innermost <paramref name="locking"/> ones are the lock's own.
    /// </summary>
    public void BeginContention(long timestamp, long lockId, ReadOnlySpan<nuint> stack, int tracing, int locking)
    {
        InContention = true;
        InWait = false;
        ContentionStart = timestamp;
        WaitEnd = 0;
        _lockId = lockId;
        _contentionDepth = Keep(stack, ref _contentionFrames);
        _contentionSkip = tracing;
        _lockingFrames = locking;
    }

    public void EndContention(bool acquired)
    {
        if (acquired)
        {
            AcquiredLock = _lockId;
            AcquiredAt = _lockingFrames < _contentionDepth ? _contentionFrames[_lockingFrames] : 0;
        }

        InContention = false;
        InWait = false;
        WaitEnd = 0;
    }

    /// <summary>Whether a wait with this stack is that of the current contention: it was called from the same place.</summary>
    public bool IsPartOfContention(ReadOnlySpan<nuint> stack)
    {
        int callers = _contentionDepth - _lockingFrames;
        if (stack.Length < callers)
        {
            return false;
        }

        ReadOnlySpan<nuint> outer = stack[^callers..];
        for (int i = 0; i < callers; i++)
        {
            if (outer[i] - 1 != _contentionFrames[_lockingFrames + i])
            {
                return false;
            }
        }

        return true;
    }

    public void BeginWait(long timestamp, ReadOnlySpan<nuint> stack)
    {
        InWait = true;
        WaitStart = timestamp;
        if (!InContention)
        {
            _waitDepth = Keep(stack, ref _waitFrames);
        }
    }

    public void EndWait(long timestamp)
    {
        InWait = false;
        if (InContention)
        {
            WaitEnd = timestamp;
        }
    }

    private static int Keep(ReadOnlySpan<nuint> stack, ref nuint[] frames)
    {
        if (frames.Length < stack.Length)
        {
            frames = new nuint[Math.Max(stack.Length, 32)];
        }

        for (int i = 0; i < stack.Length; i++)
        {
            frames[i] = stack[i] - 1;
        }

        return stack.Length;
    }
}
