using Pprof.Profiles;

namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>The threads of a trace, and what is open on the track of each: everything that begins there ends.</summary>
internal sealed class PerfettoThreads
{
    // As the system names them.
    private const string PoolThread = ".NET TP Worker";

    // Continuations run within each other. The reader draws no more slices within each other than some hundred.
    private const int MaxEntries = 256;

    private readonly PerfettoFile _file;
    private readonly PerfettoNames _names;
    private readonly PerfettoWorks _works;
    private readonly PerfettoTasks _tasks;
    private readonly PerfettoOperations _operations;
    private readonly PerfettoCounter _running;
    private readonly PerfettoCounter _waiting;
    private readonly Dictionary<int, PerfettoThread> _threads = [];
    private readonly ulong _process;

    /// <param name="file">Where they are written.</param>
    /// <param name="names">The ids of names.</param>
    /// <param name="works">The work that they have.</param>
    /// <param name="tasks">The operations whose regions they are in.</param>
    /// <param name="operations">The methods that they go on with.</param>
    /// <param name="running">Counts the work that runs.</param>
    /// <param name="waiting">Counts that which waits.</param>
    /// <param name="process">The track of what happens on a thread that is not known.</param>
    public PerfettoThreads(
        PerfettoFile file, PerfettoNames names, PerfettoWorks works, PerfettoTasks tasks, PerfettoOperations operations,
        PerfettoCounter running, PerfettoCounter waiting, ulong process) =>
        (_file, _names, _works, _tasks, _operations, _running, _waiting, _process) = (file, names, works, tasks, operations, running, waiting, process);

    /// <summary>The thread of an id, which is a new one where there is none.</summary>
    public PerfettoThread Of(int systemId)
    {
        if (!_threads.TryGetValue(systemId, out PerfettoThread? thread))
        {
            _threads.Add(systemId, thread = new PerfettoThread(systemId, systemId == 0 ? _process : _file.NewTrack()));
            Describe(thread);
        }

        return thread;
    }

    /// <summary>The thread of an id; null where there is none.</summary>
    public PerfettoThread? Find(int systemId) => _threads.GetValueOrDefault(systemId);

    /// <summary>Gives it a name.</summary>
    public void Name(PerfettoThread thread, string name)
    {
        if (thread.Name != name)
        {
            thread.Name = name;
            Describe(thread);
        }
    }

    /// <summary>It does something, and so does not wait any more.</summary>
    public PerfettoThread See(int systemId, long time)
    {
        PerfettoThread thread = Of(systemId);
        GoOn(thread, time);
        return thread;
    }

    /// <summary>It begins with work that nobody else has.</summary>
    public void Start(PerfettoThread thread, PerfettoWork work, long time)
    {
        if (thread.Name is null)
        {
            Name(thread, PoolThread);
        }

        work.StartedAt = _file.Next(time);
        thread.Work = work;
        _running.Add(1, time);
    }

    /// <summary>It has nothing more to do with what it did.</summary>
    public void Leave(PerfettoThread thread, long time)
    {
        thread.UndrawnEntries = 0;
        while (thread.Entered.Count > 0)
        {
            LeaveOperation(thread, time);
        }

        GoOn(thread, time);
        EndRegions(thread, thread.Regions.Count, time);
        if (thread.Work is { } work)
        {
            _works.End(thread, work, time);
            thread.Work = null;
            _running.Add(-1, time);
        }
    }

    /// <summary>It waits.</summary>
    public void Block(PerfettoThread thread, TraceWait reason, ulong callstack, long time)
    {
        _file.BeginSlice(thread.Track, _file.Next(time), _names.Category("wait"), _names.Name(NameOf(reason)), callstack);
        thread.Waits = true;
        if (thread.Work is not null)
        {
            _running.Add(-1, time);
            _waiting.Add(1, time);
        }
    }

    /// <summary>It waits no more.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="time">When.</param>
    /// <param name="waker">The thread that ended the wait, or null.</param>
    public void GoOn(PerfettoThread thread, long time, PerfettoThread? waker = null)
    {
        if (!thread.Waits)
        {
            return;
        }

        ulong flow = 0;
        if (waker is not null && waker != thread)
        {
            flow = _file.NewFlow();
            _file.Instant(waker.Track, _file.Next(time), _names.Category("wait"), _names.Name("wakes"), PerfettoStacks.None, flow);
        }

        _file.EndSlice(thread.Track, _file.Next(time), flow);
        thread.Waits = false;
        if (thread.Work is not null)
        {
            _running.Add(1, time);
            _waiting.Add(-1, time);
        }
    }

    /// <summary>It goes on with a method, or, with null, with what is not drawn, within what it did until now.</summary>
    public void EnterOperation(PerfettoThread thread, PerfettoOperation? operation, long time)
    {
        if (thread.Entered.Count == MaxEntries)
        {
            thread.UndrawnEntries++;
            return;
        }

        operation = operation is { IsEntered: false, IsEnding: false } ? operation : null;
        thread.Entered.Add((operation, thread.Regions.Count));
        if (operation is not null)
        {
            _operations.Enter(thread, operation, time);
        }
    }

    /// <summary>It leaves what it entered last, and the regions that it entered there.</summary>
    public void LeaveOperation(PerfettoThread thread, long time)
    {
        if (thread.UndrawnEntries > 0)
        {
            thread.UndrawnEntries--;
            return;
        }

        if (thread.Entered is not [.., var (operation, regions)])
        {
            return;
        }

        GoOn(thread, time);
        EndRegions(thread, thread.Regions.Count - regions, time);
        thread.Entered.RemoveAt(thread.Entered.Count - 1);
        if (operation is not null)
        {
            _operations.Leave(thread, operation, time);
        }
    }

    /// <summary>
    /// A method ends, of which the thread is most often the one that has entered it last. What that does before it leaves the
    /// method, such as what goes on after it, is not part of it.
    /// </summary>
    public void EndOperation(PerfettoThread? thread, long number, long time)
    {
        if (_operations.Find(number) is not { } operation)
        {
            return;
        }

        operation.IsEnding = true;
        if (thread is { UndrawnEntries: 0, Entered: [.., var (entered, regions)] } && entered == operation)
        {
            GoOn(thread, time);
            EndRegions(thread, thread.Regions.Count - regions, time);
            thread.Entered[^1] = (null, regions);
            _operations.Leave(thread, operation, time);
        }
        else if (!operation.IsEntered)
        {
            _operations.Remove(operation);
        }
    }

    /// <summary>It enters a region; false where it is in too many.</summary>
    public bool BeginRegion(PerfettoThread thread, long task, string name, long time)
    {
        EndRegions(thread, thread.Regions.CountLeftBehind(_tasks.Contains, thread.RegionsAround), time);
        long id = _tasks.IdOf(task);
        if (!thread.Regions.TryBegin(new TracedRegion(task, (ulong)id, name, Text: 0)))
        {
            return false;
        }

        ReadOnlySpan<(ulong, long)> annotations = id != 0 ? [(_names.Annotation("task"), id)] : [];
        _file.BeginSlice(thread.Track, _file.Next(time), _names.Category("region"), _names.Name(name), PerfettoStacks.None, 0, annotations);
        return true;
    }

    /// <summary>It leaves a region.</summary>
    public void EndRegion(PerfettoThread thread, long task, string name, long time) =>
        EndRegions(thread, thread.Regions.CountEnding(task, name, thread.RegionsAround), time);

    /// <summary>It has ended.</summary>
    public void Remove(int systemId, long time)
    {
        if (_threads.Remove(systemId, out PerfettoThread? ended))
        {
            Leave(ended, time);
        }
    }

    /// <summary>The trace ends.</summary>
    public void Complete(long time)
    {
        foreach (PerfettoThread thread in _threads.Values)
        {
            Leave(thread, time);
        }
    }

    private static string NameOf(TraceWait reason) => reason switch
    {
        TraceWait.Lock => "waits for a lock",
        TraceWait.Monitor => "waits for a pulse",
        TraceWait.Handle => "waits for a handle",
        TraceWait.Network => "waits for the network",
        TraceWait.Sleep => "sleeps",
        _ => "waits",
    };

    private void EndRegions(PerfettoThread thread, int count, long time)
    {
        for (; count > 0; count--)
        {
            thread.Regions.End();
            _file.EndSlice(thread.Track, _file.Next(time));
        }
    }

    private void Describe(PerfettoThread thread)
    {
        if (thread.SystemId != 0)
        {
            _file.DescribeThread(thread.Track, Environment.ProcessId, thread.SystemId, thread.Name);
        }
    }
}
