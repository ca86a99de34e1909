using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// A trace as Perfetto reads it: protobuf messages, in which each thread and much else has a track of its own. On a track
/// slices lie one within the other, so this stands between what is seen and what is written: it knows what is open on each,
/// and whatever begins there ends. The reader puts events into the order of their times, so what is named late may be written
/// late.
/// </summary>
internal sealed class PerfettoTrace : TraceRecorder
{
    private readonly PerfettoFile _file;
    private readonly PerfettoNames _names;
    private readonly PerfettoStacks _stacks;
    private readonly PerfettoQueue _queue;
    private readonly PerfettoWorks _works;
    private readonly PerfettoTasks _tasks;
    private readonly PerfettoOperations _operations;
    private readonly PerfettoThreads _threads;
    private readonly PerfettoCollections _collections;
    private readonly PerfettoCounter _queued;
    private readonly PerfettoCounter _running;
    private readonly PerfettoCounter _waiting;
    private readonly long _start;
    private readonly ulong _process;
    private readonly ulong _heapSize;
    private readonly ulong _heapGoal;
    private readonly ulong _allocated;
    private long _lostWork;
    private long _lostRegions;

    /// <summary>Begins a trace.</summary>
    /// <param name="time">When.</param>
    /// <param name="output">Gets the bytes, in pieces.</param>
    /// <param name="symbolizer">Names frames.</param>
    public PerfettoTrace(long time, Action<ReadOnlyMemory<byte>> output, Symbolizer symbolizer)
    {
        _start = time;
        _file = new PerfettoFile(output);
        _file.Begin(time, DateTimeOffset.UtcNow);
        _file.DescribeProcess(_process = _file.NewTrack(), Environment.ProcessId, AppDomain.CurrentDomain.FriendlyName);
        _names = new PerfettoNames(_file);
        _stacks = new PerfettoStacks(_file, _names, symbolizer);
        _queued = NewCounter("work in the queue", 0);
        _running = NewCounter("work that runs", 1);
        _waiting = NewCounter("work that waits", 2);
        _queue = new PerfettoQueue(_file, _names, _process, PerfettoTracks.Queue);
        _works = new PerfettoWorks(_file, _names, _queue);
        _tasks = new PerfettoTasks(_file, _names, _process);
        _operations = new PerfettoOperations(_file, _names, _process);
        _threads = new PerfettoThreads(_file, _names, _works, _tasks, _operations, _running, _waiting, _process);
        _collections = new PerfettoCollections(_file, _names, _process);
        _file.DescribeCounter(_heapSize = _file.NewTrack(), _process, "heap", CounterUnit.Bytes, PerfettoTracks.Heap);
        _file.DescribeCounter(_heapGoal = _file.NewTrack(), _process, "heap, committed", CounterUnit.Bytes, PerfettoTracks.Heap + 1);
        _file.DescribeCounter(_allocated = _file.NewTrack(), _process, "allocated", CounterUnit.Bytes, PerfettoTracks.Allocated);
    }

    /// <inheritdoc/>
    public override bool IsFull => _works.IsFull;

    /// <inheritdoc/>
    public override void NameThread(int thread, string name) => _threads.Name(_threads.Of(thread), name);

    /// <inheritdoc/>
    public override void EndThread(long time, int thread)
    {
        Advance(time);
        _threads.Remove(thread, time);
    }

    /// <inheritdoc/>
    public override void Queue(long time, int thread, long work, int kind, ReadOnlySpan<nuint> frames)
    {
        Advance(time);
        if (_works.Find(work) is not null)
        {
            return;
        }

        (ulong stack, WorkName creator) = _stacks.Of(frames);
        PerfettoThread by = _threads.See(thread, time);
        _works.Name(by, creator.Name);
        if (IsFull)
        {
            _lostWork++;
            return;
        }

        (stack, string? otherwise) = _works.QueuedBy(kind, stack, creator.Caller is null ? null : "queued by " + creator.Caller);
        ulong flow = _file.NewFlow();
        long queued = _file.Next(time);
        _file.Instant(by.Track, queued, _names.Category("queue"), _names.Name("queues work"), stack, flow);
        _works.Add(new PerfettoWork(work, kind)
        {
            QueuedAt = queued,
            Flow = flow,
            OtherwiseName = otherwise,
        });
        _queued.Add(1, time);
    }

    /// <inheritdoc/>
    public override void Run(long time, int thread, long work, int kind)
    {
        Advance(time);
        PerfettoThread by = _threads.Of(thread);
        _threads.Leave(by, time);
        PerfettoWork? next = _works.Find(work);
        if (next is null && !IsFull)
        {
            // Queued before the trace began.
            _works.Add(next = new PerfettoWork(work, kind));
        }
        else if (next is { StartedAt: 0 })
        {
            _queued.Add(-1, time);
        }

        if (next is { StartedAt: 0 })
        {
            _threads.Start(by, next, time);
        }
    }

    /// <inheritdoc/>
    public override void End(long time, int thread)
    {
        Advance(time);
        if (_threads.Find(thread) is { Work: not null } by)
        {
            _threads.Leave(by, time);
        }
    }

    /// <inheritdoc/>
    public override void Wait(long time, int thread, TraceWait reason, ReadOnlySpan<nuint> frames)
    {
        Advance(time);
        (ulong stack, WorkName name) = _stacks.Of(frames);
        PerfettoThread by = _threads.See(thread, time);
        _works.Name(by, name.Name);
        _threads.Block(by, reason is TraceWait.Monitor or TraceWait.Handle && name.Wait is { } known ? known : reason, stack, time);
    }

    /// <inheritdoc/>
    public override void Resume(long time, int thread, int waker)
    {
        Advance(time);
        _threads.GoOn(_threads.Of(thread), time, waker == 0 ? null : _threads.Find(waker));
    }

    /// <inheritdoc/>
    public override void BeginCollection(long time, int thread)
    {
        Advance(time);
        _collections.Begin(time);
    }

    /// <inheritdoc/>
    public override void EndCollection(long time, int thread)
    {
        Advance(time);
        _collections.End(time);
    }

    /// <inheritdoc/>
    public override void BeginStop(long time, int thread)
    {
        Advance(time);
        _collections.BeginStop(time);
    }

    /// <inheritdoc/>
    public override void HaveStopped(long time, int thread)
    {
        Advance(time);
        _collections.HaveStopped(time);
    }

    /// <inheritdoc/>
    public override void BeginRestart(long time, int thread)
    {
        Advance(time);
        _collections.BeginRestart(time);
    }

    /// <inheritdoc/>
    public override void EndStop(long time, int thread)
    {
        Advance(time);
        _collections.EndStop(time);
    }

    /// <inheritdoc/>
    public override void SetHeapSize(long time, long bytes)
    {
        Advance(time);
        _file.Count(_heapSize, _file.Next(time), bytes);
    }

    /// <inheritdoc/>
    public override void SetHeapGoal(long time, long bytes)
    {
        Advance(time);
        _file.Count(_heapGoal, _file.Next(time), bytes);
    }

    /// <inheritdoc/>
    public override void BeginTask(long time, int thread, long task, long parent, string name)
    {
        Advance(time);
        if (task != 0 && !_tasks.Contains(task))
        {
            _threads.See(thread, time);
            _tasks.Begin(task, parent, name, time);
        }
    }

    /// <inheritdoc/>
    public override void EndTask(long time, int thread, long task, string? name)
    {
        Advance(time);
        if (_tasks.Contains(task))
        {
            _threads.See(thread, time);
            _tasks.End(task, name, time);
        }
    }

    /// <inheritdoc/>
    public override void BeginRegion(long time, int thread, long task, string name)
    {
        Advance(time);
        if (!_threads.BeginRegion(_threads.See(thread, time), task, name, time))
        {
            _lostRegions++;
        }
    }

    /// <inheritdoc/>
    public override void EndRegion(long time, int thread, long task, string name)
    {
        Advance(time);
        _threads.EndRegion(_threads.See(thread, time), task, name, time);
    }

    /// <inheritdoc/>
    public override void Log(long time, int thread, long task, string category, string message, ReadOnlySpan<nuint> frames)
    {
        Advance(time);
        (ulong stack, WorkName name) = _stacks.Of(frames);
        if (category == PerfettoCollections.Category)
        {
            _collections.Describe(message, stack, time);
            return;
        }

        PerfettoThread by = _threads.See(thread, time);
        _works.Name(by, name.Name);
        _file.Message(by.Track, _file.Next(time), _names.Category(category), message, stack);
    }

    /// <inheritdoc/>
    public override void BeginOperation(long time, int thread, long work, int kind, string name, ReadOnlySpan<nuint> frames)
    {
        Advance(time);
        (ulong stack, WorkName names) = _stacks.Of(frames);
        PerfettoThread by = _threads.See(thread, time);
        if (_operations.Find(work) is null)
        {
            _operations.Begin(by, work, _operations.NameOf(kind, names.Caller) ?? name, stack, time);
        }
    }

    /// <inheritdoc/>
    public override void EnterOperation(long time, int thread, long work)
    {
        Advance(time);
        _threads.EnterOperation(_threads.See(thread, time), work == 0 ? null : _operations.Find(work), time);
    }

    /// <inheritdoc/>
    public override void LeaveOperation(long time, int thread)
    {
        Advance(time);
        if (_threads.Find(thread) is { } by)
        {
            _threads.LeaveOperation(by, time);
        }
    }

    /// <inheritdoc/>
    public override void EndOperation(long time, int thread, long work)
    {
        Advance(time);
        _threads.EndOperation(_threads.Find(thread), work, time);
    }

    /// <inheritdoc/>
    public override void Sample(long time, int thread, ReadOnlySpan<nuint> frames, bool waits)
    {
        Advance(time);
        if (thread == 0 || frames.IsEmpty || time < _start)
        {
            return;
        }

        (ulong stack, WorkName name) = _stacks.Of(frames);
        PerfettoThread by = waits ? _threads.Of(thread) : _threads.See(thread, time);

        // One that comes late is of work before.
        if (by.Work is { } work && time >= work.StartedAt)
        {
            _works.Name(by, name.Name);
        }

        // In its own time: samples lie on no slice, and the reader puts them in order.
        _file.Sample(time, Environment.ProcessId, thread, stack);
    }

    /// <inheritdoc/>
    public override void Compile(long time, long methods, long nanoseconds)
    {
        Advance(time);
        _file.Message(
            _process, _file.Next(time), _names.Category("jit"),
            string.Create(CultureInfo.InvariantCulture, $"{methods} methods compiled in {nanoseconds / 1e6:F1} ms"), PerfettoStacks.None);
    }

    /// <inheritdoc/>
    public override void SetAllocated(long time, long bytes)
    {
        Advance(time);
        _file.Count(_allocated, _file.Next(time), bytes);
    }

    /// <inheritdoc/>
    public override void Complete(long time)
    {
        Advance(time);
        if (_lostWork + _tasks.Lost + _operations.Lost + _lostRegions + _queue.Lost > 0)
        {
            _file.Message(
                _process, _file.Next(time), _names.Category("pprof"),
                $"not drawn: {_lostWork} units of work, {_tasks.Lost} tasks, {_operations.Lost} async methods, {_lostRegions} regions, {_queue.Lost} units of work in the queue; there were too many at a time",
                PerfettoStacks.None);
        }

        _collections.EndStop(time);
        _collections.End(time);
        _threads.Complete(time);
        _works.Complete(time);
        _tasks.Complete(time);
        _operations.Complete(time);
        _queued.Complete();
        _running.Complete();
        _waiting.Complete();
        _file.Flush();
    }

    /// <inheritdoc/>
    public override void Flush() => _file.Flush();

    private PerfettoCounter NewCounter(string name, int rank)
    {
        ulong track = _file.NewTrack();
        _file.DescribeCounter(track, _process, name, CounterUnit.Count, PerfettoTracks.Counters + rank);
        return new PerfettoCounter(_file, track, _file.Time);
    }

    /// <summary>What happens next is after <paramref name="time"/>. Between two events ids may be forgotten, within one they are in use.</summary>
    private void Advance(long time)
    {
        if (_names.IsFull || _stacks.IsFull)
        {
            _names.Clear();
            _stacks.Clear();
            _works.ForgetStacks();
            _file.Clear();
        }

        _queued.Advance(time);
        _running.Advance(time);
        _waiting.Advance(time);
    }
}
