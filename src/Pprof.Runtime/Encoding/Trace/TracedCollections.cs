namespace Pprof.Encoding.Trace;

/// <summary>The garbage collection of a trace, and the stop of all threads, that are under way.</summary>
internal sealed class TracedCollections(GoTraceFile file)
{
    private ulong _collections;
    private bool _collects;
    private int _collectsOn;
    private bool _stops;
    private int _stopsOn;

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

    /// <summary>All threads are to stop, from a place, if they are not already.</summary>
    public void BeginStop(int place, long time)
    {
        if (!_stops)
        {
            _stops = true;
            _stopsOn = place;
            file.Event(place, GoTraceEvent.StopTheWorldStart, time, _collects ? 0UL : 1);
        }
    }

    /// <summary>They go on, if they had stopped.</summary>
    public void EndStop(long time)
    {
        if (_stops)
        {
            _stops = false;
            file.Event(_stopsOn, GoTraceEvent.StopTheWorldDone, time);
        }
    }
}
