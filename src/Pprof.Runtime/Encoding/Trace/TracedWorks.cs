namespace Pprof.Encoding.Trace;

/// <summary>The units of work of a trace that have not ended, and what they are called.</summary>
internal sealed class TracedWorks(GoTraceFile file, GoTraceStacks stacks)
{
    private const string UnknownStack = "[unknown stack]";

    // Work that has not ended, and what names of it are remembered.
    private const int MaxWork = 1_000_000;
    private const int MaxKinds = 100_000;

    private readonly Dictionary<long, TracedWork> _work = [];
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<int, (uint Stack, string? By)> _queued = [];
    private ulong _lastGoroutine;

    /// <summary>Whether there is no room for more.</summary>
    public bool IsFull => _work.Count >= MaxWork;

    /// <summary>The work of this number; null where there is none.</summary>
    public TracedWork? Find(long work) => _work.GetValueOrDefault(work);

    /// <summary>Adds work, which is created at a place.</summary>
    public TracedWork Add(long work, int kind, uint stack, string? otherwise, int place, long time)
    {
        TracedWork added = Create(work, kind, stack, otherwise, place, time);
        _work.Add(work, added);
        return added;
    }

    /// <summary>Adds an operation, which is created at a place.</summary>
    public TracedWork AddOperation(long work, string name, uint stack, int place, long time)
    {
        TracedWork added = Create(work, 0, stack, null, place, time, isOperation: true);
        Name(added, name);
        _work.Add(work, added);
        return added;
    }

    /// <summary>The same of work that has no number: a thread of its own.</summary>
    public TracedWork Create(long work, int kind, uint stack, string? otherwise, int place, long time, bool isOperation = false)
    {
        // What has the same number is not always of the same kind: a stack of its own knows better.
        string? name = kind == 0 ? null : _names.GetValueOrDefault(kind);
        var created = new TracedWork(work, ++_lastGoroutine, kind, stacks.Reserve()) { OtherwiseName = name ?? otherwise, IsOperation = isOperation };

        // What is created in a region is part of it to the tool, which then looks at the first frame.
        stack = stack == GoTraceStacks.None ? stacks.OfName(UnknownStack) : stack;
        file.Event(place, GoTraceEvent.Create, time, created.Goroutine, created.FirstStack, stack);
        return created;
    }

    /// <summary>
    /// Where work of a kind is queued, and by whom: remembers a stack, and where none was looked at tells that of the last time.
    /// </summary>
    public (uint Stack, string? By) QueuedBy(int kind, uint stack, string? by)
    {
        if (kind == 0)
        {
            return (stack, by);
        }

        if (stack == GoTraceStacks.None)
        {
            return _queued.GetValueOrDefault(kind);
        }

        if (_queued.Count == MaxKinds)
        {
            _queued.Clear();
        }

        _queued[kind] = (stack, by);
        return (stack, by);
    }

    /// <summary>Forgets work that has ended.</summary>
    public void Remove(TracedWork work) => _work.Remove(work.Number);

    /// <summary>Names work by what was seen of it, if it has no name yet.</summary>
    public void Name(TracedWork? work, string? name)
    {
        if (work is { IsNamed: false } && name is not null)
        {
            work.IsNamed = true;
            stacks.Define(work.FirstStack, name);
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

    /// <summary>Names work of which no more will be seen, if it has no name yet.</summary>
    public void DefineName(TracedWork work)
    {
        if (!work.IsNamed)
        {
            work.IsNamed = true;
            stacks.Define(work.FirstStack, work.OtherwiseName ?? "work of the thread pool");
        }
    }

    /// <summary>The trace ends: names all.</summary>
    public void Complete()
    {
        foreach (TracedWork work in _work.Values)
        {
            DefineName(work);
        }
    }
}
