namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>The garbage collection of a trace, and the stop of all threads, that are under way.</summary>
internal sealed class PerfettoCollections
{
    /// <summary>Of what is said of collections, as of the slices.</summary>
    public const string Category = "gc";

    private const string Suspension = "suspension";
    private const string Restart = "restart";

    private readonly PerfettoFile _file;
    private readonly PerfettoNames _names;
    private readonly ulong _collections;
    private readonly ulong _stops;

    // 0 while there is none.
    private long _collectsSince;
    private bool _isDrawn;
    private bool _isStopped;

    // Of the stop, within it; null where all threads have stopped.
    private string? _phase;

    public PerfettoCollections(PerfettoFile file, PerfettoNames names, ulong parent)
    {
        _file = file;
        _names = names;
        file.DescribeTrack(_stops = file.NewTrack(), parent, "stop-the-world", PerfettoTracks.Stops);
        file.DescribeTrack(_collections = file.NewTrack(), parent, "garbage collection", PerfettoTracks.Collections);
    }

    /// <summary>A collection begins, if none is under way.</summary>
    public void Begin(long time)
    {
        if (_collectsSince == 0)
        {
            _collectsSince = _file.Next(time);
            _isDrawn = false;
        }
    }

    /// <summary>What is said of it. The first names it.</summary>
    public void Describe(string text, ulong callstack, long time)
    {
        if (_collectsSince != 0 && !_isDrawn)
        {
            Draw(text);
        }
        else
        {
            // A short one during a long one.
            _file.Message(_collections, _file.Next(time), _names.Category(Category), text, callstack);
        }
    }

    /// <summary>It ends, if one is under way.</summary>
    public void End(long time)
    {
        if (_collectsSince == 0)
        {
            return;
        }

        if (!_isDrawn)
        {
            Draw("collection");
        }

        _collectsSince = 0;
        _file.EndSlice(_collections, _file.Next(time));
    }

    /// <summary>All threads are to stop, if they have not already.</summary>
    public void BeginStop(long time)
    {
        if (!_isStopped)
        {
            _isStopped = true;
            _file.BeginSlice(_stops, _file.Next(time), _names.Category(Category), _names.Name("all threads are stopped"));
            BeginPhase(Suspension, time);
        }
    }

    /// <summary>They have stopped, if they were to.</summary>
    public void HaveStopped(long time)
    {
        if (_phase == Suspension)
        {
            EndPhase(time);
        }
    }

    /// <summary>They are to go on, if they had stopped.</summary>
    public void BeginRestart(long time)
    {
        if (_isStopped && _phase != Restart)
        {
            EndPhase(time);
            BeginPhase(Restart, time);
        }
    }

    /// <summary>They go on, if they had stopped.</summary>
    public void EndStop(long time)
    {
        if (_isStopped)
        {
            EndPhase(time);
            _isStopped = false;
            _file.EndSlice(_stops, _file.Next(time));
        }
    }

    private void BeginPhase(string name, long time)
    {
        _phase = name;
        _file.BeginSlice(_stops, _file.Next(time), _names.Category(Category), _names.Name(name));
    }

    private void EndPhase(long time)
    {
        if (_phase is not null)
        {
            _phase = null;
            _file.EndSlice(_stops, _file.Next(time));
        }
    }

    private void Draw(string name)
    {
        _isDrawn = true;
        _file.BeginSlice(_collections, _collectsSince, _names.Category(Category), _names.Name(name));
    }
}
