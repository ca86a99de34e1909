using System.Diagnostics;
using System.Diagnostics.Tracing;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;

namespace Pprof.Collectors.Contention;

/// <summary>
/// CoreCLR: pairs the runtime's events at the start and at the end of a wait, which happen on the thread that waits.
/// Only the first carries a stack. A thread that waits for a lock also waits on the lock's event: that is one wait.
/// </summary>
internal sealed class WaitEventSource : WaitSource
{
    private static readonly EventRequest s_contentions = EventRequest.Runtime(
        RuntimeProvider.ContentionKeyword, EventLevel.Informational, RuntimeProvider.ContentionStart, RuntimeProvider.ContentionStop);

    private static readonly EventRequest s_waits = EventRequest.Runtime(
        RuntimeProvider.ContentionKeyword | RuntimeProvider.WaitHandleKeyword,
        EventLevel.Verbose,
        RuntimeProvider.ContentionStart,
        RuntimeProvider.ContentionStop,
        RuntimeProvider.WaitHandleWaitStart,
        RuntimeProvider.WaitHandleWaitStop);

    private readonly Consumer _consumer;
    private EventSubscription? _subscription;
    private bool _seesWaits;

    public WaitEventSource()
    {
        _consumer = new Consumer(Mutex, Block);
    }

    public override string? UnsupportedReason => EventPipeSource.UnsupportedReason;

    public override IEnumerable<string> Comments { get; } = ["source: the runtime's contention and wait events"];

    public override string? Failure => base.Failure ?? _subscription?.Failure;

    public override bool Flush()
    {
        if (_subscription == null)
        {
            return true;
        }

        long now = Stopwatch.GetTimestamp();
        bool complete = EventPipeSource.Flush();
        if (complete)
        {
            _consumer.EndTimedOut(now);
        }

        return complete;
    }

    protected override void Watch(bool mutex, bool block)
    {
        EventRequest[] requests = block ? [s_waits] : mutex ? [s_contentions] : [];

        // One that has failed gets no events any more: begin anew.
        if (_subscription is { } subscription && (requests.Length == 0 || subscription.Failure is not null))
        {
            _subscription = null;
            subscription.Dispose();
        }

        if (requests.Length == 0)
        {
            return;
        }

        // Asked only now: the answer loads the decoder.
        if (UnsupportedReason is { } reason)
        {
            throw new IOException(reason);
        }

        if (block != _seesWaits)
        {
            // The end of a wait whose start is known may never be seen, and that of another be taken for it.
            _seesWaits = block;
            _consumer.ForgetWaits();
        }

        if (_subscription == null)
        {
            _consumer.Forget();
            _subscription = EventPipeSource.Join(_consumer, requests);
        }
        else
        {
            _subscription.Change(requests);
        }
    }

    private sealed class Consumer(WaitProfile mutex, WaitProfile block) : EventConsumer
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
                    if (thread is { InContention: true, InWait: false, IsManagedLock: true } && thread.WaitEnd != 0 && thread.WaitEnd < limit)
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

            thread.BeginContention(data.Timestamp, lockId, data.Stack, _frames.Tracing(data.Stack), _frames.Locking(data.Stack));
            thread.Holder = _threads.Find((int)data.ReadInt64(OwnerOffset)) is { } owner && owner.AcquiredLock == lockId ? owner.AcquiredAt : 0;
        }

        private void OnContentionStop(in RuntimeEvent data)
        {
            if (_threads.Find(data.ThreadId) is not { InContention: true } thread)
            {
                return;
            }

            long nanoseconds = (long)data.ReadDouble(DurationOffset);
            if (mutex.IsActive)
            {
                mutex.Record(thread.ContentionStack, _holders.Of(thread.Holder), nanoseconds);
            }

            if (block.IsActive)
            {
                block.Record(thread.ContentionStack, WaitKind.Lock, nanoseconds);
            }

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
            }

            thread.BeginWait(data.Timestamp, data.Stack);
        }

        private void OnWaitStop(in RuntimeEvent data)
        {
            if (_threads.Find(data.ThreadId) is not { InWait: true } thread)
            {
                return;
            }

            if (!thread.InContention && block.IsActive)
            {
                block.Record(thread.WaitStack, LabelSet.Empty, Nanoseconds(data.Timestamp - thread.WaitStart));
            }

            thread.EndWait(data.Timestamp);
        }

        private void EndUnfinishedContention(WaitingThread thread)
        {
            // An interrupted wait has no end at all; how long it was is not known.
            if (thread is { InContention: true, InWait: false } && thread.WaitEnd != 0 && block.IsActive)
            {
                block.Record(thread.ContentionStack, WaitKind.Lock, Nanoseconds(thread.WaitEnd - thread.ContentionStart));
            }

            thread.EndContention(acquired: false);
        }

        private static long Nanoseconds(long ticks) => (long)(ticks * (1e9 / Stopwatch.Frequency));
    }
}
