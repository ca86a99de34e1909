using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Trace;

/// <summary>
/// An execution trace as <c>go tool trace</c> reads it. The tool refuses a file in which one event does not follow from those
/// before, so this stands between what is seen and what is written: it knows the state of each unit of work, processor and
/// thread, and writes only what is allowed from there.
/// A unit of work is a goroutine. A processor is a place in which threads run one after the other, so that there are as many as
/// ran at a time. A thread that is not seen to take work is a goroutine itself, which runs while it is seen.
/// </summary>
internal sealed class GoTrace : TraceRecorder
{
    private readonly GoTraceFile _file;
    private readonly GoTraceStacks _stacks;
    private readonly TracedProcessors _processors;
    private readonly TracedWorks _works;
    private readonly TracedTasks _tasks;
    private readonly TracedThreads _threads;
    private readonly TracedOperations _operations;
    private readonly TracedCollections _collections;
    private long _lostWork;

    /// <summary>Begins a trace.</summary>
    /// <param name="time">When.</param>
    /// <param name="output">Gets the bytes, in pieces.</param>
    /// <param name="symbolizer">Names frames.</param>
    public GoTrace(long time, Action<ReadOnlyMemory<byte>> output, Symbolizer symbolizer)
    {
        _file = new GoTraceFile(output);
        _stacks = new GoTraceStacks(_file, symbolizer);
        _file.Begin();
        _processors = new TracedProcessors(_file, time);
        _works = new TracedWorks(_file, _stacks);
        _tasks = new TracedTasks(_file, _stacks);
        _threads = new TracedThreads(_file, _processors, _works, _tasks);
        _operations = new TracedOperations(_threads, _works, _processors);
        _collections = new TracedCollections(_file, _threads, _works, _processors);
    }

    /// <inheritdoc/>
    public override bool IsFull => _works.IsFull;

    /// <inheritdoc/>
    public override void NameThread(int thread, string name) => _threads.Of(thread).Name = name;

    /// <inheritdoc/>
    public override void EndThread(long time, int thread)
    {
        _threads.Advance(time);
        if (_threads.Find(thread) is { } ended)
        {
            _operations.LeaveAll(ended, time);
        }

        _threads.Remove(thread, time);
    }

    /// <inheritdoc/>
    public override void Queue(long time, int thread, long work, int kind, ReadOnlySpan<nuint> frames)
    {
        _threads.Advance(time);
        if (_works.Find(work) is not null)
        {
            return;
        }

        (uint stack, WorkName creator) = _stacks.Of(frames);
        TracedThread by = _threads.See(thread, time);
        _works.Name(by.Work, creator.Name);
        if (IsFull)
        {
            _lostWork++;
            return;
        }

        (stack, string? otherwise) = _works.QueuedBy(kind, stack, creator.Caller is null ? null : "queued by " + creator.Caller);
        _works.Add(work, kind, stack, otherwise, _threads.Place(by), time);
    }

    /// <inheritdoc/>
    public override void Run(long time, int thread, long work, int kind)
    {
        _threads.Advance(time);
        TracedThread by = _threads.Of(thread);
        _operations.LeaveAll(by, time);
        _threads.Leave(by, time);
        TracedWork? next = _works.Find(work);
        if (next is null && !IsFull)
        {
            // Queued before the trace began.
            next = _works.Add(work, kind, GoTraceStacks.None, null, _processors.Outside, time);
        }

        if (next?.State == TracedWorkState.Runnable)
        {
            _threads.Start(by, next, time);
        }
        else
        {
            // Work that is not drawn: the place is another's meanwhile.
            _threads.Stop(by, time);
        }
    }

    /// <inheritdoc/>
    public override void End(long time, int thread)
    {
        _threads.Advance(time);
        if (_threads.Find(thread) is { Work: not null } by && by.Work != by.Own)
        {
            _operations.LeaveAll(by, time);
            if (by.Work == by.Own)
            {
                return;
            }

            _threads.Leave(by, time);
            _threads.Stop(by, time);
        }
    }

    /// <inheritdoc/>
    public override void Wait(long time, int thread, TraceWait reason, ReadOnlySpan<nuint> frames)
    {
        _threads.Advance(time);
        (uint stack, WorkName name) = _stacks.Of(frames);
        TracedThread by = _threads.See(thread, time);
        _works.Name(by.Work, name.Name);
        if (by.Work is { State: TracedWorkState.Running })
        {
            _threads.Block(by, reason is TraceWait.Monitor or TraceWait.Handle && name.Wait is { } known ? known : reason, stack, time);
        }
    }

    /// <inheritdoc/>
    public override void Resume(long time, int thread, int waker)
    {
        _threads.Advance(time);
        TracedThread by = _threads.Of(thread);
        if (by.Work is { State: TracedWorkState.Waiting } work)
        {
            _threads.Resume(by, work, waker == 0 ? null : _threads.Find(waker), time);
        }
        else
        {
            _threads.See(thread, time);
        }
    }

    /// <inheritdoc/>
    public override void BeginCollection(long time, int thread)
    {
        _threads.Advance(time);
        _collections.Begin(PlaceOf(thread), time);
    }

    /// <inheritdoc/>
    public override void EndCollection(long time, int thread)
    {
        _threads.Advance(time);
        _collections.End(time);
    }

    /// <inheritdoc/>
    public override void BeginStop(long time, int thread)
    {
        _threads.Advance(time);
        _collections.BeginStop(time);
    }

    /// <inheritdoc/>
    public override void HaveStopped(long time, int thread)
    {
        _threads.Advance(time);
        _collections.HaveStopped(time);
    }

    /// <inheritdoc/>
    public override void BeginRestart(long time, int thread)
    {
        _threads.Advance(time);
        _collections.BeginRestart(time);
    }

    /// <inheritdoc/>
    public override void EndStop(long time, int thread)
    {
        _threads.Advance(time);
        _collections.EndStop(time);
    }

    /// <inheritdoc/>
    public override void SetHeapSize(long time, long bytes) => Count(GoTraceEvent.HeapSize, time, bytes);

    /// <inheritdoc/>
    public override void SetHeapGoal(long time, long bytes) => Count(GoTraceEvent.HeapGoal, time, bytes);

    /// <inheritdoc/>
    public override void BeginTask(long time, int thread, long task, long parent, string name)
    {
        _threads.Advance(time);
        if (task != 0 && !_tasks.Contains(task))
        {
            _tasks.Begin(task, parent, name, _threads.Place(_threads.See(thread, time)), time);
        }
    }

    /// <inheritdoc/>
    public override void EndTask(long time, int thread, long task, string? name)
    {
        _threads.Advance(time);
        if (_tasks.Contains(task))
        {
            _tasks.End(task, name, _threads.Place(_threads.See(thread, time)), time);
        }
    }

    /// <inheritdoc/>
    public override void BeginRegion(long time, int thread, long task, string name)
    {
        _threads.Advance(time);
        TracedThread by = _threads.See(thread, time);
        if (by.Work is { State: TracedWorkState.Running } work)
        {
            _tasks.BeginRegion(by.Processor, work, task, name, time);
        }
    }

    /// <inheritdoc/>
    public override void EndRegion(long time, int thread, long task, string name)
    {
        _threads.Advance(time);
        TracedThread by = _threads.See(thread, time);
        if (by.Work is { State: TracedWorkState.Running } work)
        {
            _tasks.EndRegion(by.Processor, work, task, name, time);
        }
    }

    /// <inheritdoc/>
    public override void Log(long time, int thread, long task, string category, string message, ReadOnlySpan<nuint> frames)
    {
        _threads.Advance(time);
        (uint stack, WorkName name) = _stacks.Of(frames);
        TracedThread by = _threads.See(thread, time);
        _works.Name(by.Work, name.Name);
        int place = _threads.Place(by);
        _file.Event(place, GoTraceEvent.Log, time, _tasks.IdOf(task), _stacks.StringOf(category), stack);
        _file.Message(place, message);
    }

    /// <inheritdoc/>
    public override void BeginOperation(long time, int thread, long work, int kind, string name, ReadOnlySpan<nuint> frames)
    {
        _threads.Advance(time);
        (uint stack, WorkName names) = _stacks.Of(frames);
        TracedThread by = _threads.See(thread, time);
        if (IsFull)
        {
            _lostWork++;
        }
        else if (_works.Find(work) is null && by.Work is { State: TracedWorkState.Running })
        {
            _operations.Begin(by, work, _operations.NameOf(kind, names.Caller) ?? name, stack, time);
        }
    }

    /// <inheritdoc/>
    public override void EnterOperation(long time, int thread, long work)
    {
        _threads.Advance(time);
        _operations.Enter(_threads.See(thread, time), work == 0 ? null : _works.Find(work), time);
    }

    /// <inheritdoc/>
    public override void LeaveOperation(long time, int thread)
    {
        _threads.Advance(time);
        if (_threads.Find(thread) is { } by)
        {
            _operations.Leave(by, time);
        }
    }

    /// <inheritdoc/>
    public override void EndOperation(long time, int thread, long work)
    {
        _threads.Advance(time);
        if (_works.Find(work) is { IsOperation: true } ended)
        {
            _operations.End(_threads.Find(thread), ended, time);
        }
    }

    /// <inheritdoc/>
    public override void Sample(long time, int thread, ReadOnlySpan<nuint> frames, bool waits)
    {
        _threads.Advance(time);
        if (waits)
        {
            // Only what runs can have a sample, and whoever runs does not wait.
            return;
        }

        (uint stack, WorkName name) = _stacks.Of(frames);
        TracedThread by = _threads.See(thread, time);
        _works.Name(by.Work, name.Name);
        if (by.Work is { State: TracedWorkState.Running } work)
        {
            _file.Sample(by.Processor, time, work.Goroutine, stack);
        }
    }

    /// <inheritdoc/>
    public override void Compile(long time, long methods, long nanoseconds) =>
        Log(time, 0, 0, "jit", string.Create(CultureInfo.InvariantCulture, $"{methods} methods compiled in {nanoseconds / 1e6:F1} ms"), []);

    /// <inheritdoc/>
    public override void Complete(long time)
    {
        if (_lostWork + _tasks.LostTasks + _tasks.LostRegions + _stacks.Lost > 0)
        {
            Log(
                time, 0, 0, "pprof",
                $"not drawn: {_lostWork} units of work, {_tasks.LostTasks} tasks, {_tasks.LostRegions} regions, {_stacks.Lost} stacks; there were too many at a time", []);
        }

        _threads.Advance(time);
        _collections.EndStop(time);
        _collections.End(time);
        _threads.Complete(time);
        _works.Complete();
        _tasks.Complete();
        _file.End();
    }

    /// <inheritdoc/>
    public override void Flush() => _file.Flush();

    private void Count(GoTraceEvent type, long time, long value)
    {
        _threads.Advance(time);
        _file.Event(_processors.Outside, type, time, (ulong)Math.Max(0, value));
    }

    private int PlaceOf(int thread) => _threads.Place(_threads.Find(thread));
}
