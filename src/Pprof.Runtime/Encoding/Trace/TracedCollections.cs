using Pprof.Profiles;

namespace Pprof.Encoding.Trace;

/// <summary>
/// The garbage collection of a trace, and the stop of all threads, that are under way. Later releases of the tool want a stop to
/// be the doing of a goroutine, which runs all the time: it is one of its own.
/// </summary>
internal sealed class TracedCollections(GoTraceFile file, TracedThreads threads, TracedWorks works, TracedProcessors processors)
{
    private const string Name = "garbage collector";

    // Go stops its threads twice for a collection, and the tool's names are of these: it calls the first sweep termination, and
    // the second mark termination.
    private const ulong WhileThreadsStopOrGoOn = 1;
    private const ulong WhileAllAreStopped = 0;

    // No thread that there is: which one stops the others is not always known.
    private readonly TracedThread _collector = new(systemId: 0);

    private ulong _collections;
    private bool _collects;
    private int _collectsOn;
    private Stop _stop;

    private enum Stop
    {
        None,
        Begins,
        IsComplete,
        Ends,
    }

    /// <summary>A collection begins at a place, if none is under way.</summary>
    public void Begin(int place, long time)
    {
        if (!_collects)
        {
            _collects = true;
            _collectsOn = place;
            file.Event(place, GoTraceEvent.CollectionStart, time, _collections++, GoTraceStacks.None);
        }
    }

    /// <summary>It ends, if one is under way.</summary>
    public void End(long time)
    {
        if (_collects)
        {
            _collects = false;
            file.Event(_collectsOn, GoTraceEvent.CollectionDone, time);
        }
    }

    /// <summary>All threads are to stop, if they are not already.</summary>
    public void BeginStop(long time)
    {
        if (_stop == Stop.None)
        {
            RunCollector(time);
            GoTo(Stop.Begins, time);
        }
    }

    /// <summary>They have stopped, if they were to.</summary>
    public void HaveStopped(long time)
    {
        if (_stop == Stop.Begins)
        {
            GoTo(Stop.IsComplete, time);
        }
    }

    /// <summary>They are to go on, if they had stopped.</summary>
    public void BeginRestart(long time)
    {
        if (_stop is Stop.Begins or Stop.IsComplete)
        {
            GoTo(Stop.Ends, time);
        }
    }

    /// <summary>They go on, if they had stopped.</summary>
    public void EndStop(long time)
    {
        if (_stop != Stop.None)
        {
            GoTo(Stop.None, time);
            threads.Block(_collector, TraceWait.Unseen, GoTraceStacks.None, time);
        }
    }

    private void RunCollector(long time)
    {
        if (_collector.Own is { } known)
        {
            threads.GoOn(_collector, known, processors.Outside, time);
            return;
        }

        _collector.Own = works.Create(0, 0, GoTraceStacks.None, null, processors.Outside, time);
        works.Name(_collector.Own, Name);
        threads.Start(_collector, _collector.Own, time);
    }

    private void GoTo(Stop next, long time)
    {
        if (_stop != Stop.None)
        {
            file.Event(_collector.Processor, GoTraceEvent.StopTheWorldDone, time);
        }

        _stop = next;
        if (next != Stop.None)
        {
            file.Event(_collector.Processor, GoTraceEvent.StopTheWorldStart, time, next == Stop.IsComplete ? WhileAllAreStopped : WhileThreadsStopOrGoOn);
        }
    }
}
