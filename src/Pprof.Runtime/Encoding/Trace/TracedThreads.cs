using System.Diagnostics;
using Pprof.Profiles;

namespace Pprof.Encoding.Trace;

/// <summary>The threads of a trace, the work that each has, and whether that runs.</summary>
internal sealed class TracedThreads(GoTraceFile file, TracedProcessors processors, TracedWorks works, TracedTasks tasks)
{
    private const string UnnamedThread = "thread";

    // What a thread does between two events nobody tells. One that has no work of the pool's runs this long after each.
    private static readonly long s_seenFor = Stopwatch.Frequency / 1000;

    private readonly Dictionary<int, TracedThread> _threads = [];
    private readonly List<TracedThread> _seen = [];

    /// <summary>The thread of an id, which is a new one where there is none.</summary>
    public TracedThread Of(int systemId)
    {
        if (!_threads.TryGetValue(systemId, out TracedThread? thread))
        {
            _threads.Add(systemId, thread = new TracedThread(systemId));
        }

        return thread;
    }

    /// <summary>The thread of an id; null where there is none.</summary>
    public TracedThread? Find(int systemId) => _threads.GetValueOrDefault(systemId);

    /// <summary>Where what the thread does is written.</summary>
    public int Place(TracedThread? thread) => thread is null or { Processor: TracedThread.None } ? processors.Outside : thread.Processor;

    /// <summary>Threads that have not been seen for a while do nothing that anybody knows of, until <paramref name="time"/>.</summary>
    public void Advance(long time)
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

    /// <summary>The thread does something: where it has no work of the pool's, it is work itself.</summary>
    public TracedThread See(int systemId, long time)
    {
        TracedThread thread = Of(systemId);
        if (systemId == 0)
        {
            return thread;
        }

        if (thread.Work is null)
        {
            if (thread.Own is null)
            {
                thread.Own = works.Create(0, 0, GoTraceStacks.None, null, processors.Outside, time);
                works.Name(thread.Own, thread.Name);
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
            GoOn(thread, waiting, processors.Outside, time);
        }

        Touch(thread, time);
        return thread;
    }

    /// <summary>The thread begins with work.</summary>
    public void Start(TracedThread thread, TracedWork work, long time)
    {
        processors.Give(thread, time);
        file.Event(thread.Processor, GoTraceEvent.Start, time, work.Goroutine);
        work.State = TracedWorkState.Running;
        thread.Work = work;
    }

    /// <summary>The thread's work waits, and another can have its processor.</summary>
    public void Block(TracedThread thread, TraceWait reason, uint stack, long time)
    {
        TracedWork work = thread.Work!;
        GoTraceEvent type = reason switch
        {
            TraceWait.Lock => GoTraceEvent.BlockSync,
            TraceWait.Monitor => GoTraceEvent.BlockCondition,
            TraceWait.Handle => GoTraceEvent.BlockSelect,
            TraceWait.Network => GoTraceEvent.BlockNetwork,
            TraceWait.Sleep => GoTraceEvent.Sleep,
            _ => GoTraceEvent.Block,
        };
        file.Event(thread.Processor, type, time, stack);
        work.State = TracedWorkState.Waiting;
        Stop(thread, time);
    }

    /// <summary>The thread's work waits no more, because another thread, or null, ended the wait.</summary>
    public void Resume(TracedThread thread, TracedWork work, TracedThread? waker, long time)
    {
        GoOn(thread, work, Place(waker == thread ? null : waker), time);
        Touch(thread, time);
    }

    /// <summary>The thread has nothing more to do with the work that it had.</summary>
    public void Leave(TracedThread thread, long time)
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
        works.Remove(work);
        thread.Work = null;
    }

    /// <summary>Another thread can have its processor.</summary>
    public void Stop(TracedThread thread, long time)
    {
        _seen.Remove(thread);
        processors.TakeBack(thread, time);
    }

    /// <summary>The thread of an id has ended.</summary>
    public void Remove(int systemId, long time)
    {
        if (!_threads.Remove(systemId, out TracedThread? ended))
        {
            return;
        }

        if (ended.Work != ended.Own)
        {
            Leave(ended, time);
        }

        if (ended.Own is { } own)
        {
            works.Name(own, ended.Name ?? UnnamedThread);
            End(ended, own, time);
        }

        Stop(ended, time);
    }

    /// <summary>The trace ends: nothing runs any more.</summary>
    public void Complete(long time)
    {
        foreach (TracedThread thread in _threads.Values)
        {
            if (thread.Work is { State: TracedWorkState.Running } work)
            {
                tasks.EndRegions(thread.Processor, work, time);
                file.Event(thread.Processor, GoTraceEvent.Yield, time, GoTraceStacks.None);
                work.State = TracedWorkState.Runnable;
            }

            Stop(thread, time);
            if (thread.Own is { } own)
            {
                works.Name(own, thread.Name ?? UnnamedThread);
            }
        }
    }

    /// <summary>Work of the thread ends.</summary>
    public void End(TracedThread thread, TracedWork work, long time)
    {
        if (work.State == TracedWorkState.Waiting)
        {
            GoOn(thread, work, processors.Outside, time);
        }

        tasks.EndRegions(thread.Processor, work, time);
        file.Event(thread.Processor, GoTraceEvent.End, time);
        works.DefineName(work);
    }

    /// <summary>The thread's work waits no more, which is written at <paramref name="place"/>.</summary>
    public void GoOn(TracedThread thread, TracedWork work, int place, long time)
    {
        file.Event(place, GoTraceEvent.Unblock, time, work.Goroutine, GoTraceStacks.None);
        work.State = TracedWorkState.Runnable;
        Start(thread, work, time);
    }

    /// <summary>The thread's work waits, and something else runs in the thread meanwhile.</summary>
    public void Pause(TracedThread thread, long time)
    {
        if (thread.Work is { State: TracedWorkState.Running } work)
        {
            file.Event(thread.Processor, GoTraceEvent.Block, time, GoTraceStacks.None);
            work.State = TracedWorkState.Waiting;
        }

        _seen.Remove(thread);
    }

    /// <summary>The thread was seen to do something.</summary>
    public void Touch(TracedThread thread, long time)
    {
        thread.LastSeen = Math.Max(time, file.Time);
        if (thread.Work is { State: TracedWorkState.Running } work && work == thread.Own && !_seen.Contains(thread))
        {
            _seen.Add(thread);
        }
    }
}
