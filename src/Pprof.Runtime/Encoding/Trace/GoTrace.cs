using System.Diagnostics;
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
    private const string UnknownStack = "[unknown stack]";
    private const string UnnamedThread = "thread";

    // Work that has not ended, and what names of it are remembered.
    private const int MaxWork = 1_000_000;
    private const int MaxKinds = 100_000;
    private const int MaxTasks = 100_000;
    private const int MaxRegions = 64;

    // What a thread does between two events nobody tells. One that has no work of the pool's runs this long after each.
    private static readonly long s_seenFor = Stopwatch.Frequency / 1000;

    private readonly GoTraceFile _file;
    private readonly GoTraceStacks _stacks;
    private readonly Dictionary<long, TracedWork> _work = [];
    private readonly Dictionary<int, TracedThread> _threads = [];
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<long, (ulong Id, uint Name, string Text)> _tasks = [];
    private readonly TracedProcessors _processors;
    private readonly List<TracedThread> _seen = [];
    private ulong _lastGoroutine;
    private ulong _lastTask;
    private ulong _collections;
    private bool _collects;
    private int _collectsOn;
    private bool _stops;
    private int _stopsOn;
    private long _leftWork;
    private long _leftTasks;
    private long _leftRegions;

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
    }

    /// <inheritdoc/>
    public override bool IsFull => _work.Count >= MaxWork;

    /// <inheritdoc/>
    public override void NameThread(int thread, string name) => Thread(thread).Name = name;

    /// <inheritdoc/>
    public override void EndThread(long time, int thread)
    {
        Advance(time);
        if (!_threads.Remove(thread, out TracedThread? ended))
        {
            return;
        }

        if (ended.Work != ended.Own)
        {
            Leave(ended, time);
        }

        if (ended.Own is { } own)
        {
            NameWork(own, ended.Name ?? UnnamedThread);
            End(ended, own, time);
        }

        Stop(ended, time);
    }

    /// <inheritdoc/>
    public override void Queue(long time, int thread, long work, int kind, ReadOnlySpan<nuint> frames)
    {
        Advance(time);
        if (_work.ContainsKey(work))
        {
            return;
        }

        (uint stack, WorkName creator) = _stacks.Of(frames);
        TracedThread by = See(thread, time);
        NameWork(by.Work, creator.Name);
        if (IsFull)
        {
            _leftWork++;
            return;
        }

        Add(work, kind, stack, creator.Caller is null ? null : "queued by " + creator.Caller, Place(by), time);
    }

    /// <inheritdoc/>
    public override void Run(long time, int thread, long work, int kind)
    {
        Advance(time);
        TracedThread by = Thread(thread);
        Leave(by, time);
        if (!_work.TryGetValue(work, out TracedWork? next) && !IsFull)
        {
            // Queued before the trace began.
            next = Add(work, kind, GoTraceStacks.None, null, _processors.Outside, time);
        }

        if (next?.State == TracedWorkState.Runnable)
        {
            Start(by, next, time);
        }
        else
        {
            // Work that is not drawn: the place is another's meanwhile.
            Stop(by, time);
        }
    }

    /// <inheritdoc/>
    public override void End(long time, int thread)
    {
        Advance(time);
        if (_threads.TryGetValue(thread, out TracedThread? by) && by.Work is not null && by.Work != by.Own)
        {
            Leave(by, time);
            Stop(by, time);
        }
    }

    /// <inheritdoc/>
    public override void Wait(long time, int thread, TraceWait reason, ReadOnlySpan<nuint> frames)
    {
        Advance(time);
        (uint stack, WorkName name) = _stacks.Of(frames);
        TracedThread by = See(thread, time);
        NameWork(by.Work, name.Name);
        if (by.Work is { State: TracedWorkState.Running })
        {
            Block(by, reason, stack, time);
        }
    }

    /// <inheritdoc/>
    public override void Resume(long time, int thread, int waker)
    {
        Advance(time);
        TracedThread by = Thread(thread);
        if (by.Work is not { State: TracedWorkState.Waiting } work)
        {
            See(thread, time);
            return;
        }

        int place = waker != 0 && waker != thread && _threads.TryGetValue(waker, out TracedThread? other) && other.Processor != TracedThread.None
            ? other.Processor
            : _processors.Outside;
        GoOn(by, work, place, time);
        Touch(by, time);
    }

    /// <inheritdoc/>
    public override void BeginCollection(long time, int thread)
    {
        Advance(time);
        if (!_collects)
        {
            _collects = true;
            _collectsOn = PlaceOf(thread);
            _file.Event(_collectsOn, GoTraceEvent.CollectionStart, time, _collections++, GoTraceStacks.None);
        }
    }

    /// <inheritdoc/>
    public override void EndCollection(long time, int thread)
    {
        Advance(time);
        if (_collects)
        {
            _collects = false;
            _file.Event(_collectsOn, GoTraceEvent.CollectionDone, time);
        }
    }

    /// <inheritdoc/>
    public override void BeginStop(long time, int thread)
    {
        Advance(time);
        if (!_stops)
        {
            _stops = true;
            _stopsOn = PlaceOf(thread);
            _file.Event(_stopsOn, GoTraceEvent.StopTheWorldStart, time, _collects ? 0UL : 1);
        }
    }

    /// <inheritdoc/>
    public override void EndStop(long time, int thread)
    {
        Advance(time);
        if (_stops)
        {
            _stops = false;
            _file.Event(_stopsOn, GoTraceEvent.StopTheWorldDone, time);
        }
    }

    /// <inheritdoc/>
    public override void SetHeapSize(long time, long bytes) => Count(GoTraceEvent.HeapSize, time, bytes);

    /// <inheritdoc/>
    public override void SetHeapGoal(long time, long bytes) => Count(GoTraceEvent.HeapGoal, time, bytes);

    /// <inheritdoc/>
    public override void BeginTask(long time, int thread, long task, long parent, string name)
    {
        Advance(time);
        if (task == 0 || _tasks.ContainsKey(task))
        {
            return;
        }

        if (_tasks.Count == MaxTasks)
        {
            _leftTasks++;
            return;
        }

        ulong parentId = _tasks.TryGetValue(parent, out (ulong Id, uint Name, string Text) known) ? known.Id : 0;
        uint text = _stacks.ReserveString();
        _tasks.Add(task, (++_lastTask, text, name));
        _file.Event(Place(See(thread, time)), GoTraceEvent.TaskCreate, time, _lastTask, parentId, text, GoTraceStacks.None);
    }

    /// <inheritdoc/>
    public override void EndTask(long time, int thread, long task, string? name)
    {
        Advance(time);
        if (_tasks.Remove(task, out (ulong Id, uint Name, string Text) known))
        {
            _file.Event(Place(See(thread, time)), GoTraceEvent.TaskEnd, time, known.Id, GoTraceStacks.None);
            _stacks.DefineString(known.Name, name ?? known.Text);
        }
    }

    /// <inheritdoc/>
    public override void BeginRegion(long time, int thread, long task, string name)
    {
        Advance(time);
        TracedThread by = See(thread, time);
        if (by.Work is not { State: TracedWorkState.Running } work)
        {
            return;
        }

        // That of an operation which has ended on another thread nobody else ends.
        while (work.Regions is [.., { TaskId: not 0 } last] && !_tasks.ContainsKey(last.Task))
        {
            EndRegion(by.Processor, work, time);
        }

        if (work.Regions?.Count == MaxRegions)
        {
            work.UndrawnRegions++;
            _leftRegions++;
            return;
        }

        ulong id = _tasks.TryGetValue(task, out (ulong Id, uint Name, string Text) known) ? known.Id : 0;
        uint text = _stacks.StringOf(name);
        (work.Regions ??= []).Add(new TracedRegion(task, id, name, text));

        // The tool looks at the first frame of each.
        _file.Event(by.Processor, GoTraceEvent.Region, time, id, 0, text, _stacks.OfName(name));
    }

    /// <inheritdoc/>
    public override void EndRegion(long time, int thread, long task, string name)
    {
        Advance(time);
        TracedThread by = See(thread, time);
        if (by.Work is not { State: TracedWorkState.Running, Regions: { } regions } work)
        {
            return;
        }

        int index = task == 0 && work.UndrawnRegions > 0 ? -1 : regions.FindLastIndex(region => (task == 0 || region.Task == task) && region.Name == name);
        if (index < 0)
        {
            work.UndrawnRegions = Math.Max(0, work.UndrawnRegions - 1);
            return;
        }

        // The tool takes ends from the innermost outwards only.
        while (regions.Count > index)
        {
            EndRegion(by.Processor, work, time);
        }
    }

    /// <inheritdoc/>
    public override void Log(long time, int thread, long task, string category, string message, ReadOnlySpan<nuint> frames)
    {
        Advance(time);
        (uint stack, WorkName name) = _stacks.Of(frames);
        TracedThread by = See(thread, time);
        NameWork(by.Work, name.Name);
        ulong id = _tasks.TryGetValue(task, out (ulong Id, uint Name, string Text) known) ? known.Id : 0;
        int place = Place(by);
        _file.Event(place, GoTraceEvent.Log, time, id, _stacks.StringOf(category), stack);
        _file.Message(place, message);
    }

    /// <inheritdoc/>
    public override void Complete(long time)
    {
        if (_leftWork + _leftTasks + _leftRegions + _stacks.Lost > 0)
        {
            Log(
                time, 0, 0, "pprof",
                $"not drawn: {_leftWork} units of work, {_leftTasks} tasks, {_leftRegions} regions, {_stacks.Lost} stacks; there were too many at a time", []);
        }

        Advance(time);
        if (_stops)
        {
            EndStop(time, 0);
        }

        if (_collects)
        {
            EndCollection(time, 0);
        }

        foreach (TracedThread thread in _threads.Values)
        {
            if (thread.Work is { State: TracedWorkState.Running } work)
            {
                EndRegions(thread.Processor, work, time);
                _file.Event(thread.Processor, GoTraceEvent.Yield, time, GoTraceStacks.None);
                work.State = TracedWorkState.Runnable;
            }

            Stop(thread, time);
            if (thread.Own is { } own)
            {
                NameWork(own, thread.Name ?? UnnamedThread);
            }
        }

        foreach (TracedWork work in _work.Values)
        {
            DefineName(work);
        }

        foreach ((ulong _, uint name, string text) in _tasks.Values)
        {
            _stacks.DefineString(name, text);
        }

        _file.End();
    }

    /// <inheritdoc/>
    public override void Flush() => _file.Flush();

    /// <summary>Threads that have not been seen for a while do nothing that anybody knows of, until <paramref name="time"/>.</summary>
    private void Advance(long time)
    {
        while (_seen.Count > 0)
        {
            TracedThread first = _seen[0];
            for (int i = 1; i < _seen.Count; i++)
            {
                first = _seen[i].LastSeen < first.LastSeen ? _seen[i] : first;
            }

            long until = first.LastSeen + s_seenFor;
            if (until >= time)
            {
                return;
            }

            Block(first, TraceWait.Unseen, GoTraceStacks.None, until);
        }
    }

    private TracedThread Thread(int systemId)
    {
        if (!_threads.TryGetValue(systemId, out TracedThread? thread))
        {
            _threads.Add(systemId, thread = new TracedThread(systemId));
        }

        return thread;
    }

    /// <summary>The thread does something: where it has no work of the pool's, it is work itself.</summary>
    private TracedThread See(int systemId, long time)
    {
        TracedThread thread = Thread(systemId);
        if (systemId == 0)
        {
            return thread;
        }

        if (thread.Work is null)
        {
            if (thread.Own is null)
            {
                thread.Own = Create(0, 0, GoTraceStacks.None, null, _processors.Outside, time);
                NameWork(thread.Own, thread.Name);
            }

            thread.Work = thread.Own;
        }

        if (thread.Work is { State: TracedWorkState.Runnable } runnable)
        {
            Start(thread, runnable, time);
        }
        else if (thread.Work is { State: TracedWorkState.Waiting } waiting)
        {
            // Nobody has seen it for a while, or the end of its wait was lost.
            GoOn(thread, waiting, _processors.Outside, time);
        }

        Touch(thread, time);
        return thread;
    }

    private void Touch(TracedThread thread, long time)
    {
        thread.LastSeen = Math.Max(time, _file.Time);
        if (thread.Work is { State: TracedWorkState.Running } work && work == thread.Own && !_seen.Contains(thread))
        {
            _seen.Add(thread);
        }
    }

    private TracedWork Add(long work, int kind, uint stack, string? otherwise, int place, long time)
    {
        TracedWork added = Create(work, kind, stack, otherwise, place, time);
        _work.Add(work, added);
        return added;
    }

    private TracedWork Create(long work, int kind, uint stack, string? otherwise, int place, long time)
    {
        // What has the same number is not always of the same kind: a stack of its own knows better.
        string? name = kind == 0 ? null : _names.GetValueOrDefault(kind);
        var created = new TracedWork(work, ++_lastGoroutine, kind, _stacks.Reserve()) { OtherwiseName = name ?? otherwise };

        // What is created in a region is part of it to the tool, which then looks at the first frame.
        stack = stack == GoTraceStacks.None ? _stacks.OfName(UnknownStack) : stack;
        _file.Event(place, GoTraceEvent.Create, time, created.Goroutine, created.FirstStack, stack);
        return created;
    }

    private void NameWork(TracedWork? work, string? name)
    {
        if (work is { IsNamed: false } && name is not null)
        {
            work.IsNamed = true;
            _stacks.Define(work.FirstStack, name);
            if (work.Kind != 0)
            {
                if (_names.Count == MaxKinds)
                {
                    _names.Clear();
                }

                _names[work.Kind] = name;
            }
        }
    }

    private void DefineName(TracedWork work)
    {
        if (!work.IsNamed)
        {
            work.IsNamed = true;
            _stacks.Define(work.FirstStack, work.OtherwiseName ?? "work of the thread pool");
        }
    }

    private void Start(TracedThread thread, TracedWork work, long time)
    {
        _processors.Give(thread, time);
        _file.Event(thread.Processor, GoTraceEvent.Start, time, work.Goroutine);
        work.State = TracedWorkState.Running;
        thread.Work = work;
    }

    /// <summary>The thread's work waits, and another can have its processor.</summary>
    private void Block(TracedThread thread, TraceWait reason, uint stack, long time)
    {
        TracedWork work = thread.Work!;
        GoTraceEvent type = reason switch
        {
            TraceWait.Lock => GoTraceEvent.BlockSync,
            TraceWait.Monitor => GoTraceEvent.BlockCondition,
            TraceWait.Handle => GoTraceEvent.BlockSelect,
            _ => GoTraceEvent.Block,
        };
        _file.Event(thread.Processor, type, time, stack);
        work.State = TracedWorkState.Waiting;
        Stop(thread, time);
    }

    /// <summary>The thread has nothing more to do with the work that it had.</summary>
    private void Leave(TracedThread thread, long time)
    {
        if (thread.Work is not { } work)
        {
            return;
        }

        if (work == thread.Own)
        {
            if (work.State == TracedWorkState.Running)
            {
                // It is one of the pool after all.
                Block(thread, TraceWait.Unseen, GoTraceStacks.None, time);
            }

            thread.Work = null;
            return;
        }

        End(thread, work, time);
        _work.Remove(work.Number);
        thread.Work = null;
    }

    private void End(TracedThread thread, TracedWork work, long time)
    {
        if (work.State == TracedWorkState.Waiting)
        {
            GoOn(thread, work, _processors.Outside, time);
        }

        EndRegions(thread.Processor, work, time);
        _file.Event(thread.Processor, GoTraceEvent.End, time);
        DefineName(work);
    }

    /// <summary>The thread's work waits no more, which is written at <paramref name="place"/>.</summary>
    private void GoOn(TracedThread thread, TracedWork work, int place, long time)
    {
        _file.Event(place, GoTraceEvent.Unblock, time, work.Goroutine, GoTraceStacks.None);
        work.State = TracedWorkState.Runnable;
        Start(thread, work, time);
    }

    private void Stop(TracedThread thread, long time)
    {
        _seen.Remove(thread);
        _processors.TakeBack(thread, time);
    }

    private void EndRegions(int processor, TracedWork work, long time)
    {
        while (work.Regions is { Count: > 0 })
        {
            EndRegion(processor, work, time);
        }
    }

    private void EndRegion(int processor, TracedWork work, long time)
    {
        TracedRegion region = work.Regions![^1];
        work.Regions.RemoveAt(work.Regions.Count - 1);

        // Those inside of it have ended with it.
        work.UndrawnRegions = 0;
        _file.Event(processor, GoTraceEvent.Region, time, region.TaskId, 1, region.Text, GoTraceStacks.None);
    }

    private void Count(GoTraceEvent type, long time, long value)
    {
        Advance(time);
        _file.Event(_processors.Outside, type, time, (ulong)Math.Max(0, value));
    }

    /// <summary>Where what the thread does is written.</summary>
    private int Place(TracedThread thread) => thread.Processor == TracedThread.None ? _processors.Outside : thread.Processor;

    private int PlaceOf(int thread) => _threads.TryGetValue(thread, out TracedThread? known) ? Place(known) : _processors.Outside;
}
