namespace Pprof.Encoding.Trace;

/// <summary>The operations of a trace that have not ended, and the regions that work is in.</summary>
internal sealed class TracedTasks(GoTraceFile file, GoTraceStacks stacks)
{
    private const int MaxTasks = 100_000;
    private const int MaxRegions = 64;

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
        // That of an operation which has ended on another thread nobody else ends.
        while (work.Regions is [.., { TaskId: not 0 } last] && !_tasks.ContainsKey(last.Task))
        {
            EndRegion(processor, work, time);
        }

        if (work.Regions?.Count == MaxRegions)
        {
            work.UndrawnRegions++;
            LostRegions++;
            return;
        }

        ulong id = IdOf(task);
        uint text = stacks.StringOf(name);
        (work.Regions ??= []).Add(new TracedRegion(task, id, name, text));

        // The tool looks at the first frame of each.
        file.Event(processor, GoTraceEvent.Region, time, id, 0, text, stacks.OfName(name));
    }

    /// <summary>Work that runs leaves a region.</summary>
    public void EndRegion(int processor, TracedWork work, long task, string name, long time)
    {
        if (work.Regions is not { } regions)
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
            EndRegion(processor, work, time);
        }
    }

    /// <summary>Work that runs leaves all regions.</summary>
    public void EndRegions(int processor, TracedWork work, long time)
    {
        while (work.Regions is { Count: > 0 })
        {
            EndRegion(processor, work, time);
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

    private void EndRegion(int processor, TracedWork work, long time)
    {
        TracedRegion region = work.Regions![^1];
        work.Regions.RemoveAt(work.Regions.Count - 1);

        // Those inside of it have ended with it.
        work.UndrawnRegions = 0;
        file.Event(processor, GoTraceEvent.Region, time, region.TaskId, 1, region.Text, GoTraceStacks.None);
    }
}
