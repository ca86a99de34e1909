using Pprof.Profiles;

namespace Pprof.Collectors.Trace;

/// <summary>
/// The stops of all threads in a trace, one after the other. A thread that is to stop all others says so before it has to wait
/// for one that has, and one that lets all go on is late to say so where it has no processor.
/// </summary>
/// <param name="trace">Gets them.</param>
internal sealed class TracedStops(TraceRecorder trace)
{
    // The first has stopped all others, or is to; those behind it wait for that.
    private readonly List<int> _threads = [];

    // Whether the first of them has, and which one has before that has said that all go on; 0 for none.
    private bool _haveStopped;
    private int _next;

    /// <summary>A thread is to stop all others.</summary>
    public void Begin(long time, int thread)
    {
        if (_threads.Contains(thread))
        {
            return;
        }

        _threads.Add(thread);
        if (_threads.Count == 1)
        {
            _haveStopped = false;
            trace.BeginStop(time, thread);
        }
    }

    /// <summary>It has.</summary>
    public void HaveStopped(long time, int thread)
    {
        int at = _threads.IndexOf(thread);
        if (at > 0 && _haveStopped)
        {
            _next = thread;
            return;
        }

        if (at > 0)
        {
            PutFirst(thread);
        }

        _haveStopped = true;
        trace.HaveStopped(time, thread);
    }

    /// <summary>All go on. Another thread may say so than has stopped them.</summary>
    public void End(long time, int thread)
    {
        if (!_threads.Remove(thread) && _threads.Count > 0)
        {
            _threads.RemoveAt(0);
        }

        trace.EndStop(time, thread);
        _haveStopped = false;
        int next = _next;
        _next = 0;
        bool hasStopped = _threads.Contains(next);
        if (hasStopped)
        {
            PutFirst(next);
        }

        if (_threads.Count > 0)
        {
            trace.BeginStop(time, _threads[0]);
        }

        if (hasStopped)
        {
            HaveStopped(time, next);
        }
    }

    /// <summary>What ends the stop that is under way, if there is one, is lost.</summary>
    public void Forget(long time)
    {
        if (_threads.Count > 0)
        {
            _threads.Clear();
            (_haveStopped, _next) = (false, 0);
            trace.EndStop(time, 0);
        }
    }

    private void PutFirst(int thread)
    {
        _threads.Remove(thread);
        _threads.Insert(0, thread);
    }
}
