using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Threads;
using Pprof.Sources.Trace;

namespace Pprof.Collectors.Trace;

/// <summary>
/// Makes work of what is seen of a process: gives each unit a number of its own, tells threads of the pool from others, and
/// waits of work from those of threads that have none. Used by the thread of its trace only.
/// </summary>
/// <param name="trace">Gets it.</param>
/// <param name="knowsWork">Whether it is told which work threads of the pool have.</param>
/// <param name="rate">How fast the trace grows; null where that is no matter.</param>
internal sealed class TracedProcess(TraceRecorder trace, bool knowsWork = true, TraceRate? rate = null)
{
    // Stands for work that is not drawn.
    private const long Undrawn = 0;

    // As many as units of work that have not ended.
    private const int MaxOperations = 1_000_000;

    private readonly Dictionary<int, SeenThread> _threads = [];

    // By hash code.
    private readonly Dictionary<int, long> _queued = [];

    // By the number of the task.
    private readonly Dictionary<long, long> _operations = [];
    private readonly string? _processName = SystemThreads.NameOf(Environment.ProcessId);
    private readonly TracedStops _stops = new(trace);
    private long _lastWork;
    private long _undrawn;
    private int _collection;
    private long _allocated;
    private long _allocatedBefore;

    /// <summary>The system's ids of the threads that it has in mind.</summary>
    public IReadOnlyCollection<int> Threads => _threads.Keys;

    /// <summary>The trace ends: says what is not in it.</summary>
    public void Complete(long time)
    {
        if (_undrawn > 0)
        {
            trace.Log(time, 0, 0, "pprof", $"not drawn: {_undrawn} units of work, so that the trace does not grow too fast", []);
        }

        trace.Complete(time);
    }

    /// <summary>Takes what happened next.</summary>
    public void Add(in TraceMoment moment, ReadOnlySpan<nuint> frames)
    {
        (long time, int id) = (moment.Timestamp, moment.Thread);
        switch (moment.Kind)
        {
            case TraceMomentKind.Queued:
                See(id);
                if (Queued((int)moment.Number, time) is not Undrawn and var queued)
                {
                    trace.Queue(time, id, queued, (int)moment.Number, frames);
                }

                break;
            case TraceMomentKind.Taken:
                SeenThread taker = See(id);
                (taker.IsOfPool, taker.HasWork, taker.Waits, taker.WaitsForLock) = (true, true, false, false);
                if (Taken((int)moment.Number, time) is not Undrawn and var taken)
                {
                    trace.Run(time, id, taken, (int)moment.Number);
                }
                else
                {
                    trace.End(time, id);
                }

                break;
            case TraceMomentKind.Idle:
                SeenThread idle = See(id);
                (idle.IsOfPool, idle.HasWork) = (true, false);
                trace.End(time, id);
                break;
            case TraceMomentKind.LockWaitBegin:
                SeenThread locked = See(id);
                if (!locked.IsIdle)
                {
                    (locked.WaitsForLock, locked.Holder) = (true, (int)moment.Number);
                    trace.Wait(time, id, TraceWait.Lock, frames);
                }

                break;
            case TraceMomentKind.LockWaitEnd:
                SeenThread holder = See(id);
                if (holder.WaitsForLock)
                {
                    holder.WaitsForLock = false;
                    trace.Resume(time, id, holder.Holder);
                }

                break;
            case TraceMomentKind.MonitorWaitBegin:
            case TraceMomentKind.HandleWaitBegin:
                SeenThread waiting = See(id);

                // A wait for a lock waits for a handle inside.
                if (!waiting.IsIdle && !waiting.WaitsForLock)
                {
                    waiting.Waits = true;
                    trace.Wait(time, id, moment.Kind == TraceMomentKind.MonitorWaitBegin ? TraceWait.Monitor : TraceWait.Handle, frames);
                }

                break;
            case TraceMomentKind.WaitEnd:
                SeenThread waited = See(id);
                if (waited.Waits)
                {
                    waited.Waits = false;
                    trace.Resume(time, id, waker: 0);
                }

                break;
            default:
                AddOther(moment, frames);
                break;
        }
    }

    private void AddOther(in TraceMoment moment, ReadOnlySpan<nuint> frames)
    {
        (long time, int id) = (moment.Timestamp, moment.Thread);
        switch (moment.Kind)
        {
            case TraceMomentKind.ThreadEnd:
                if (_threads.Remove(id))
                {
                    trace.EndThread(time, id);
                }

                break;
            case TraceMomentKind.StopBegin:
                _stops.Begin(time, id);
                break;
            case TraceMomentKind.StopComplete:
                _stops.HaveStopped(time, id);
                break;
            case TraceMomentKind.RestartBegin:
                trace.BeginRestart(time, id);
                break;
            case TraceMomentKind.StopEnd:
                _stops.End(time, id);
                break;
            case TraceMomentKind.CollectionBegin:
                // During a background collection there can be others.
                if (_collection == 0)
                {
                    _collection = (int)moment.Number;
                    trace.BeginCollection(time, id);
                }

                trace.Log(time, id, 0, "gc", $"collection {moment.Number}, {moment.Text}{AllocatedText()}", []);
                break;
            case TraceMomentKind.CollectionEnd:
                if (_collection == (int)moment.Number)
                {
                    _collection = 0;
                    trace.EndCollection(time, id);
                }

                break;
            case TraceMomentKind.HeapSize:
                trace.SetHeapSize(time, moment.Number);
                break;
            case TraceMomentKind.HeapCommitted:
                trace.SetHeapGoal(time, moment.Number);
                break;
            case TraceMomentKind.OperationBegin:
                See(id);
                if (!trace.IsFull && _operations.Count < MaxOperations && !_operations.ContainsKey(moment.Number)
                    && NewWork(time) is not Undrawn and var operation)
                {
                    _operations.Add(moment.Number, operation);
                    int kind = moment.Text?.GetHashCode(StringComparison.Ordinal) ?? 0;
                    trace.BeginOperation(time, id, operation, kind, moment.Detail ?? "", frames);
                }

                break;
            case TraceMomentKind.OperationEnter:
                See(id);
                trace.EnterOperation(time, id, _operations.GetValueOrDefault(moment.Number));
                break;
            case TraceMomentKind.OperationLeave:
                trace.LeaveOperation(time, id);
                break;
            case TraceMomentKind.OperationEnd:
                if (_operations.Remove(moment.Number, out long ended))
                {
                    trace.EndOperation(time, id, ended);
                }

                break;
            case TraceMomentKind.Sample:
                SeenThread sampled = See(id);
                if (!sampled.IsIdle)
                {
                    // Who waits for a lock or an event spins first.
                    trace.Sample(time, id, frames, sampled.Waits || sampled.WaitsForLock);
                }

                break;
            case TraceMomentKind.Compiled:
                trace.Compile(time, moment.Number, moment.Other);
                break;
            case TraceMomentKind.Allocated:
                _allocated = moment.Number;
                _allocatedBefore = _allocatedBefore == 0 ? _allocated : _allocatedBefore;
                trace.SetAllocated(time, moment.Number);
                break;
            case TraceMomentKind.Exception:
                See(id);
                trace.Log(time, id, 0, "exception", moment.Text!, frames);
                break;
            case TraceMomentKind.Lost:
                ForgetWhatIsUnderWay(time);
                LogLost(time, moment.Number);
                break;
            case TraceMomentKind.LostOthers:
                // Of collections and waits the runtime tells.
                LogLost(time, moment.Number);
                break;
            case TraceMomentKind.LostCollections:
                ForgetCollections(time);
                break;
            case TraceMomentKind.TaskBegin:
                See(id);
                trace.BeginTask(time, id, moment.Number, moment.Other, moment.Text!);
                break;
            case TraceMomentKind.TaskEnd:
                See(id);
                trace.EndTask(time, id, moment.Number, moment.Text);
                break;
            case TraceMomentKind.RegionBegin:
                See(id);
                trace.BeginRegion(time, id, moment.Number, moment.Text!);
                break;
            case TraceMomentKind.RegionEnd:
                See(id);
                trace.EndRegion(time, id, moment.Number, moment.Text!);
                break;
            case TraceMomentKind.ActivityBegin:
                See(id);
                trace.BeginTask(time, id, moment.Number, moment.Other, moment.Text!);
                trace.BeginRegion(time, id, moment.Number, moment.Detail!);
                break;
            case TraceMomentKind.ActivityEnd:
                See(id);
                trace.EndRegion(time, id, moment.Number, moment.Detail!);
                trace.EndTask(time, id, moment.Number, moment.Text);
                break;
            case TraceMomentKind.Log:
                See(id);
                trace.Log(time, id, moment.Number, moment.Text!, moment.Detail!, []);
                break;
        }
    }

    private void LogLost(long time, long count) =>
        trace.Log(time, 0, 0, "pprof", $"lost {count} events: what they would have told is missing or wrong here", []);

    /// <summary>What was allocated since the collection before, or since the trace began.</summary>
    private string AllocatedText()
    {
        if (_allocated == _allocatedBefore)
        {
            return "";
        }

        double megabytes = (_allocated - _allocatedBefore) / 1e6;
        _allocatedBefore = _allocated;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"; {megabytes:F1} MB were allocated since the one before");
    }

    private SeenThread See(int systemId)
    {
        if (!_threads.TryGetValue(systemId, out SeenThread? thread))
        {
            _threads.Add(systemId, thread = new SeenThread());

            // A thread that the application did not name has the process's name, and is known by what it runs, as workers are.
            if (SystemThreads.NameOf(systemId) is { } name && name != _processName && (name != PoolCounters.ThreadName || !knowsWork))
            {
                trace.NameThread(systemId, name);
            }
        }

        return thread;
    }

    /// <summary>
    /// The end of it may be what was lost. Else a collection would last until the end of the trace, and a thread that has
    /// waited for a lock would never be seen to wait for anything else.
    /// </summary>
    private void ForgetWhatIsUnderWay(long time)
    {
        foreach (SeenThread thread in _threads.Values)
        {
            (thread.Waits, thread.WaitsForLock) = (false, false);
        }

        ForgetCollections(time);
    }

    private void ForgetCollections(long time)
    {
        _stops.Forget(time);
        if (_collection != 0)
        {
            _collection = 0;
            trace.EndCollection(time, 0);
        }
    }

    /// <summary>
    /// A number for work that is queued. An object that is in the queue already keeps that which it has: most often it is the
    /// same queueing that is told again, or it was taken out without a word, and what is told once too often must not be
    /// taken for the next.
    /// </summary>
    private long Queued(int hashCode, long time)
    {
        if (!_queued.TryGetValue(hashCode, out long work))
        {
            work = NewWork(time);
            if (!trace.IsFull)
            {
                _queued.Add(hashCode, work);
            }
        }

        return work;
    }

    /// <summary>That which it was queued with; a new one where it was queued before the trace.</summary>
    private long Taken(int hashCode, long time) => _queued.Remove(hashCode, out long work) ? work : NewWork(time);

    /// <summary>A number for work, or that it is not drawn.</summary>
    private long NewWork(long time)
    {
        _lastWork++;
        if (rate is null)
        {
            return _lastWork;
        }

        if (rate.Advance(time))
        {
            string what = rate.OneIn == 1 ? "each unit of work" : $"one in {rate.OneIn} units of work";
            trace.Log(time, 0, 0, "pprof", $"{what} is drawn from here on: a trace grows by {TraceRate.MaxBytesPerSecond / 1_000_000} MB a second at the most", []);
        }

        if (_lastWork % rate.OneIn == 0)
        {
            return _lastWork;
        }

        _undrawn++;
        return Undrawn;
    }

    private sealed class SeenThread
    {
        public bool IsOfPool { get; set; }

        public bool HasWork { get; set; }

        public bool Waits { get; set; }

        public bool WaitsForLock { get; set; }

        public int Holder { get; set; }

        /// <summary>Whether it waits for work, if it waits.</summary>
        public bool IsIdle => IsOfPool && !HasWork;
    }
}
