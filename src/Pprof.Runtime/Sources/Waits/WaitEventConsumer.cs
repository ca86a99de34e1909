using System.Diagnostics;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Waits;

/// <summary>
/// Pairs the runtime's events at the start and at the end of a wait, which happen on the thread that waits. Only the first
/// carries a stack. A thread that waits for a lock also waits on the lock's event: that is one wait.
/// </summary>
/// <param name="mutex">Gets the contentions.</param>
/// <param name="block">Gets all waits.</param>
/// <param name="overloaded">Called when in a second of watching all waits there were too many events, with their number.</param>
internal sealed class WaitEventConsumer(WaitProfile mutex, WaitProfile block, Action<double> overloaded) : EventConsumer
{
    private const int MaxAcquirers = 1 << 12;

    // ContentionStart_V2: flags (8 bits), runtime instance (16), lock, object, owner (64 each).
    private const int LockOffset = 3;
    private const int OwnerOffset = 19;

    // ContentionStop_V1: flags (8 bits), runtime instance (16), nanoseconds (double).
    private const int DurationOffset = 3;

    // A wait for a lock ends with the lock, after one more round of spinning, or in another wait. On a busy machine the
    // thread may lose its core in between.
    private static readonly long s_spinning = Stopwatch.Frequency;

    private readonly Lock _gate = new();
    private readonly WaitingThreads _threads = new();
    private readonly LockFrames _frames = new();
    private readonly HolderLabels _holders = new();

    // Who took a lock last after a contention, as far as that is known.
    private readonly Dictionary<long, WaitingThread> _acquirers = [];

    // The waits that begin from the first to the second are sampled.
    private long _from = long.MinValue;
    private long _until = long.MaxValue;
    private int _weight = 1;
    private int _before = 1;
    private double _lockScale = 1;
    private long _events;
    private long _second;
    private volatile int _maxWeight = 1;

    /// <summary>The highest weight that a wait had.</summary>
    public int MaxWeight => _maxWeight;

    /// <summary>The events of the window, or of the current second if there is none.</summary>
    public long Events
    {
        get
        {
            lock (_gate)
            {
                return _events;
            }
        }
    }

    /// <summary>Whether a sampled wait has not ended.</summary>
    public bool SampledWaitsGoOn
    {
        get
        {
            lock (_gate)
            {
                return _threads.All.Any(static thread => thread.Weight > 0 && (thread.InContention || thread.InWait) && !MayHaveTimedOut(thread));
            }
        }
    }

    public override void OnEvent(in RuntimeEvent data)
    {
        lock (_gate)
        {
            Count(data.Timestamp);
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

    public override void OnLost(long count)
    {
        mutex.RecordLoss(count);
        block.RecordLoss(count);

        // A start without its own end would be paired with the end of a later wait.
        Forget();
    }

    public void Forget()
    {
        lock (_gate)
        {
            _threads.Clear();
            _acquirers.Clear();
        }
    }

    /// <summary>Samples every wait that begins from now on.</summary>
    public void SampleAll()
    {
        lock (_gate)
        {
            (_from, _until, _weight, _lockScale) = (long.MinValue, long.MaxValue, 1, 1);
            _events = 0;
            _second = 0;
        }
    }

    /// <summary>
    /// Samples the waits that begin within a window from that moment on. Their time stands for <paramref name="weight"/>
    /// times as much, and so does their number; but that of contentions for <paramref name="lockWeight"/> times.
    /// </summary>
    public void SampleFrom(long from, int weight, double lockWeight)
    {
        lock (_gate)
        {
            _lockScale = lockWeight / weight;

            // Events of before may be under way.
            _before = _until == long.MaxValue ? _weight : 0;
            (_from, _until, _weight) = (from, from + DutyCycle.WindowTicks, weight);
            _events = 0;
            _maxWeight = Math.Max(_maxWeight, weight);
        }
    }

    /// <summary>Of the sampled waits that go on, records as much as there has been.</summary>
    public void EndSampledWaits()
    {
        lock (_gate)
        {
            long now = Stopwatch.GetTimestamp();
            foreach (WaitingThread thread in _threads.All.Where(static thread => thread.Weight > 0))
            {
                if (MayHaveTimedOut(thread))
                {
                    EndUnfinishedContention(thread);
                }
                else if (thread.InContention)
                {
                    RecordContention(thread, Nanoseconds(now - thread.ContentionStart));
                }
                else if (thread.InWait)
                {
                    RecordWait(thread, now);
                }

                thread.Weight = 0;
            }
        }
    }

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

    private void OnContentionStart(in RuntimeEvent data)
    {
        WaitingThread thread = _threads.Get(data.ThreadId);
        EndUnfinishedContention(thread);
        thread.SeeAt(data.Stack);
        long lockId = data.ReadInt64(LockOffset);
        if (thread.AcquiredLock == lockId)
        {
            thread.Release();
        }

        thread.Weight = WeightAt(data.Timestamp);
        thread.BeginContention(data.Timestamp, lockId, data.Stack, _frames.Tracing(data.Stack), _frames.Locking(data.Stack));
        thread.Holder = _threads.Find((int)data.ReadInt64(OwnerOffset)) is { } owner && owner.AcquiredLock == lockId ? owner.AcquiredAt : 0;
    }

    private void OnContentionStop(in RuntimeEvent data)
    {
        if (_threads.Find(data.ThreadId) is not { InContention: true } thread)
        {
            return;
        }

        RecordContention(thread, (long)data.ReadDouble(DurationOffset));
        thread.EndContention(acquired: true);
        if (_acquirers.TryGetValue(thread.LockId, out WaitingThread? before) && before != thread && before.AcquiredLock == thread.LockId)
        {
            before.Release();
        }

        if (_acquirers.Count >= MaxAcquirers)
        {
            _acquirers.Clear();
        }

        _acquirers[thread.LockId] = thread;
    }

    private void OnWaitStart(in RuntimeEvent data)
    {
        WaitingThread thread = _threads.Get(data.ThreadId);
        if (thread.InContention && !thread.IsPartOfContention(data.Stack))
        {
            EndUnfinishedContention(thread);
        }

        if (!thread.InContention)
        {
            thread.SeeAt(data.Stack);
            thread.Weight = WeightAt(data.Timestamp);
        }

        thread.BeginWait(data.Timestamp, data.Stack);
    }

    private void OnWaitStop(in RuntimeEvent data)
    {
        if (_threads.Find(data.ThreadId) is not { InWait: true } thread)
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
            RecordBlocked(thread, Nanoseconds(thread.WaitEnd - thread.ContentionStart));
        }

        thread.EndContention(acquired: false);
    }

    private void RecordContention(WaitingThread thread, long nanoseconds)
    {
        if (thread.Weight > 0 && mutex.IsActive)
        {
            mutex.Record(thread.ContentionStack, _holders.Of(thread.Holder), nanoseconds, thread.Weight, ScaleOf(thread));
        }

        RecordBlocked(thread, nanoseconds);
    }

    private void RecordBlocked(WaitingThread thread, long nanoseconds)
    {
        if (thread.Weight > 0 && block.IsActive)
        {
            block.Record(thread.ContentionStack, WaitKind.Lock, nanoseconds, thread.Weight, ScaleOf(thread));
        }
    }

    private void RecordWait(WaitingThread thread, long end)
    {
        if (thread.Weight > 0 && block.IsActive)
        {
            block.Record(thread.WaitStack, LabelSet.Empty, Nanoseconds(end - thread.WaitStart), thread.Weight);
        }
    }

    // A wait that began while all were watched stands for itself.
    private double ScaleOf(WaitingThread thread) => thread.Weight > 1 ? _lockScale : 1;

    private static bool MayHaveTimedOut(WaitingThread thread) =>
        thread is { InContention: true, InWait: false, IsManagedLock: true } && thread.WaitEnd != 0;

    private int WeightAt(long timestamp) => timestamp < _from ? _before : timestamp < _until ? _weight : 0;

    private void Count(long timestamp)
    {
        if (_until != long.MaxValue)
        {
            _events += timestamp >= _from && timestamp < _until ? 1 : 0;
            return;
        }

        if (timestamp - _second >= Stopwatch.Frequency)
        {
            double perSecond = _second == 0 ? 0 : _events * (double)Stopwatch.Frequency / (timestamp - _second);
            _second = timestamp;
            _events = 0;
            if (DutyCycle.IsOverload(perSecond))
            {
                overloaded(perSecond);
            }
        }

        _events++;
    }

    private static long Nanoseconds(long ticks) => (long)(ticks * (1e9 / Stopwatch.Frequency));
}
