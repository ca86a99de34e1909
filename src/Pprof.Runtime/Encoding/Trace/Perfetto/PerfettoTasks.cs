namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// The operations of a trace that have not ended. Each has a lane while it goes on, below that of the operation that it is
/// part of, and is written when it ends, because its name is known then.
/// </summary>
internal sealed class PerfettoTasks
{
    private const int MaxTasks = 100_000;

    private readonly PerfettoFile _file;
    private readonly PerfettoNames _names;
    private readonly PerfettoLane _lanes;
    private readonly Dictionary<long, Operation> _tasks = [];
    private long _lastTask;

    /// <param name="file">Where they are written.</param>
    /// <param name="names">The ids of names.</param>
    /// <param name="parent">The track below which they are drawn.</param>
    public PerfettoTasks(PerfettoFile file, PerfettoNames names, ulong parent)
    {
        _file = file;
        _names = names;
        _lanes = new PerfettoLane(parent, null);
    }

    /// <summary>Operations that were left out.</summary>
    public long Lost { get; private set; }

    /// <summary>Whether there is an operation of this number.</summary>
    public bool Contains(long task) => _tasks.ContainsKey(task);

    /// <summary>Its number in the trace; 0 where there is none.</summary>
    public long IdOf(long task) => _tasks.GetValueOrDefault(task).Id;

    /// <summary>An operation begins.</summary>
    public void Begin(long task, long parent, string name, long time)
    {
        if (_tasks.Count == MaxTasks)
        {
            Lost++;
            return;
        }

        PerfettoLane above = _tasks.TryGetValue(parent, out Operation whole) ? whole.Lane : _lanes;
        PerfettoLane? lane = above.TakeBelow();
        if (lane is null)
        {
            lane = new PerfettoLane(_file.NewTrack(), above);
            _file.DescribeTrack(lane.Track, above.Track, "requests and tasks", PerfettoTracks.Tasks);
        }

        lane.Use();
        _tasks.Add(task, new Operation(++_lastTask, whole.Id, name, lane, _file.Next(time)));
    }

    /// <summary>It ends.</summary>
    public void End(long task, string? name, long time)
    {
        if (_tasks.Remove(task, out Operation ended))
        {
            Draw(ended, name ?? ended.Name, _file.Next(time));
            ended.Lane.Release();
        }
    }

    /// <summary>The trace ends: so do all.</summary>
    public void Complete(long time)
    {
        time = _file.Next(time);
        foreach (Operation task in _tasks.Values)
        {
            Draw(task, task.Name, time);
        }
    }

    private void Draw(in Operation task, string name, long until)
    {
        _file.BeginSlice(
            task.Lane.Track, task.Start, _names.Category("task"), _names.Name(name), PerfettoStacks.None, 0,
            (_names.Annotation("task"), task.Id), (_names.Annotation("parent"), task.Parent));
        _file.EndSlice(task.Lane.Track, until);
    }

    private readonly record struct Operation(long Id, long Parent, string Name, PerfettoLane Lane, long Start);
}
