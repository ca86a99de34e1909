using System.Diagnostics;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Unwinding;

namespace Pprof.Sources.Waits;

/// <summary>
/// Pairs the runtime's events at the start and at the end of a wait, which happen on the thread that waits. Only the first
/// carries a stack. A thread that waits for a lock also waits on the lock's event: that is one wait. Safe for concurrent
/// use.
/// </summary>
/// <param name="contentions">Gets the waits for contended locks.</param>
/// <param name="waits">Gets all waits, these included.</param>
/// <param name="frames">Tells a lock's own frames.</param>
/// <param name="labels">Tells the labels of a thread.</param>
internal sealed class WaitPairing(IWaitSink contentions, IWaitSink waits, LockFrames frames, LabelsAtTime labels) : EventConsumer
{
    // A wait for a lock ends with the lock, after one more round of spinning, or in another wait. On a busy machine the
    // thread may lose its core in between.
    private static readonly long s_spinning = Stopwatch.Frequency;

    private readonly Lock _gate = new();
    private readonly WaitingThreads _threads = new();
    private readonly LockHolders _holders = new();
    private readonly PassingFrames _passing = new();

    public override void OnEvent(in RuntimeEvent data)
    {
        lock (_gate)
        {
            switch (data.Id)
            {
                case RuntimeProvider.ContentionStart:
                    OnContentionStart(data);
                    break;
                case RuntimeProvider.ContentionStop:
                    OnContentionStop(data);
                    break;
                case RuntimeProvider.WaitHandleWaitStart:
                    OnWaitStart(data);
                    break;
                case RuntimeProvider.WaitHandleWaitStop:
                    OnWaitStop(data);
                    break;
            }
        }
    }

    // A start without its own end would be paired with the end of a later wait.
    public override void OnLost(long count) => Forget();

    /// <summary>Nothing is known of any thread.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _threads.Clear();
            _holders.Forget();
        }
    }

    /// <summary>What threads wait for on events is not known, as nobody tells any more or did not tell until now.</summary>
    public void ForgetWaits()
    {
        lock (_gate)
        {
            foreach (WaitingThread thread in _threads.All)
            {
                thread.ForgetWait();
            }
        }
    }

    /// <summary>
    /// A <see cref="Lock"/> that was not had in time has no event at its end: what is left of it is a wait on its
    /// event that ended some time before <paramref name="now"/>, up to which everything has been delivered.
    /// </summary>
    public void EndTimedOut(long now)
    {
        long limit = now - s_spinning;
        lock (_gate)
        {
            foreach (WaitingThread thread in _threads.All)
            {
                if (MayHaveTimedOut(thread) && thread.WaitEnd < limit)
                {
                    EndUnfinishedContention(thread);
                }
            }
        }
    }

    private static bool MayHaveTimedOut(WaitingThread thread) =>
        thread is { InContention: true, InWait: false, IsManagedLock: true } && thread.WaitEnd != 0;

    private static long Nanoseconds(long ticks) => (long)(ticks * (1e9 / Stopwatch.Frequency));

    private void OnContentionStart(in RuntimeEvent data)
    {
        var start = new ContentionStart(data);
        WaitingThread thread = _threads.Get(data.SystemId);
        ReadOnlySpan<nuint> stack = _passing.Of(data.Frames);
        EndUnfinishedContention(thread);
        thread.SeeAt(stack);
        long lockId = start.LockId;
        if (thread.HeldLock == lockId)
        {
            thread.Release();
        }

        thread.Labels = labels.Of(data.SystemId, data.Timestamp);
        nuint tookAt = _threads.Find(start.OwnerSystemId) is { } owner && owner.HeldLock == lockId ? owner.TookAt : 0;
        thread.BeginContention(
            data.Timestamp, lockId, tookAt, stack, frames.CountTracing(data.Frames), frames.CountLocking(data.Frames));
    }

    private void OnContentionStop(in RuntimeEvent data)
    {
        if (_threads.Find(data.SystemId) is not { InContention: true } thread)
        {
            return;
        }

        RecordContention(thread, new ContentionStop(data).Nanoseconds);
        thread.EndContention(hasLock: true);
        _holders.Take(thread);
    }

    private void OnWaitStart(in RuntimeEvent data)
    {
        WaitingThread thread = _threads.Get(data.SystemId);
        ReadOnlySpan<nuint> stack = _passing.Of(data.Frames);
        if (thread.InContention && !thread.IsPartOfContention(stack))
        {
            EndUnfinishedContention(thread);
        }

        if (!thread.InContention)
        {
            thread.SeeAt(stack);
            thread.Labels = labels.Of(data.SystemId, data.Timestamp);
        }

        thread.BeginWait(data.Timestamp, stack);
    }

    private void OnWaitStop(in RuntimeEvent data)
    {
        if (_threads.Find(data.SystemId) is not { InWait: true } thread)
        {
            return;
        }

        if (!thread.InContention)
        {
            RecordWait(thread, data.Timestamp);
        }

        thread.EndWait(data.Timestamp);
    }

    private void EndUnfinishedContention(WaitingThread thread)
    {
        // An interrupted wait has no end at all; how long it was is not known.
        if (thread is { InContention: true, InWait: false } && thread.WaitEnd != 0)
        {
            RecordLockWait(thread, Nanoseconds(thread.WaitEnd - thread.ContentionStart));
        }

        thread.EndContention(hasLock: false);
    }

    private void RecordContention(WaitingThread thread, long nanoseconds)
    {
        if (contentions.IsActive)
        {
            contentions.Record(thread.ContentionFrames, _holders.LabelsOf(thread.HolderTookAt), thread.Labels, nanoseconds);
        }

        RecordLockWait(thread, nanoseconds);
    }

    private void RecordLockWait(WaitingThread thread, long nanoseconds)
    {
        if (waits.IsActive)
        {
            waits.Record(thread.ContentionFrames, WaitKind.Lock, thread.Labels, nanoseconds);
        }
    }

    private void RecordWait(WaitingThread thread, long end)
    {
        if (waits.IsActive)
        {
            waits.Record(thread.WaitFrames, LabelSet.Empty, thread.Labels, Nanoseconds(end - thread.WaitStart));
        }
    }
}
