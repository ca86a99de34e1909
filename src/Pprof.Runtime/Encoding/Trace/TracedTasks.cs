namespace Pprof.Encoding.Trace;

/// <summary>The operations of a trace that have not ended, and the regions that work is in.</summary>
internal sealed class TracedTasks(GoTraceFile file, GoTraceStacks stacks)
{
    private const int MaxTasks = 100_000;

    private readonly Dictionary<long, (ulong Id, uint Name, string Text)> _tasks = [];
    private ulong _lastTask;

    /// <summary>Operations that were left out.</summary>
    public long LostTasks { get; private set; }

    /// <summary>Regions that were left out.</summary>
    public long LostRegions { get; private set; }

    /// <summary>Whether there is an operation of this number.</summary>
    public bool Contains(long task) => _tasks.ContainsKey(task);

    /// <summary>Its number in the trace; 0 where there is none.</summary>
    public ulong IdOf(long task) => _tasks.TryGetValue(task, out (ulong Id, uint Name, string Text) known) ? known.Id : 0;

    /// <summary>An operation begins at a place.</summary>
    public void Begin(long task, long parent, string name, int place, long time)
    {
        if (_tasks.Count == MaxTasks)
        {
            LostTasks++;
            return;
        }

        uint text = stacks.ReserveString();
        ulong parentId = IdOf(parent);
        _tasks.Add(task, (++_lastTask, text, name));
        file.Event(place, GoTraceEvent.TaskCreate, time, _lastTask, parentId, text, GoTraceStacks.None);
    }

    /// <summary>It ends at a place.</summary>
    public void End(long task, string? name, int place, long time)
    {
        if (_tasks.Remove(task, out (ulong Id, uint Name, string Text) known))
        {
            file.Event(place, GoTraceEvent.TaskEnd, time, known.Id, GoTraceStacks.None);
            stacks.DefineString(known.Name, name ?? known.Text);
        }
    }

    /// <summary>Work that runs enters a region.</summary>
    public void BeginRegion(int processor, TracedWork work, long task, string name, long time)
    {
        TracedRegions regions = work.Regions ??= new TracedRegions();
        EndRegions(processor, regions, regions.CountLeftBehind(_tasks.ContainsKey), time);
        ulong id = IdOf(task);
        uint text = stacks.StringOf(name);
        if (!regions.TryBegin(new TracedRegion(task, id, name, text)))
        {
            LostRegions++;
            return;
        }

        // The tool looks at the first frame of each.
        file.Event(processor, GoTraceEvent.Region, time, id, 0, text, stacks.OfName(name));
    }

    /// <summary>Work that runs leaves a region.</summary>
    public void EndRegion(int processor, TracedWork work, long task, string name, long time)
    {
        if (work.Regions is { } regions)
        {
            EndRegions(processor, regions, regions.CountEnding(task, name), time);
        }
    }

    /// <summary>Work that runs leaves all regions.</summary>
    public void EndRegions(int processor, TracedWork work, long time)
    {
        if (work.Regions is { } regions)
        {
            EndRegions(processor, regions, regions.Count, time);
        }
    }

    /// <summary>The trace ends: names all.</summary>
    public void Complete()
    {
        foreach ((ulong _, uint name, string text) in _tasks.Values)
        {
            stacks.DefineString(name, text);
        }
    }

    // The tool takes ends from the innermost outwards only.
    private void EndRegions(int processor, TracedRegions regions, int count, long time)
    {
        for (; count > 0; count--)
        {
            TracedRegion region = regions.End();
            file.Event(processor, GoTraceEvent.Region, time, region.TaskId, 1, region.Text, GoTraceStacks.None);
        }
    }
}
