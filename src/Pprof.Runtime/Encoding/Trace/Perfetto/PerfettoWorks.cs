using System.Diagnostics;

namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// The units of work of a trace that have not ended. Their names are known late: the beginning of a slice is written when its
/// name is known, which may be when it ends.
/// </summary>
internal sealed class PerfettoWorks(PerfettoFile file, PerfettoNames names, PerfettoQueue queue)
{
    private const string UnknownName = "work of the thread pool";

    // Work that has not ended, and what names of it are remembered.
    private const int MaxWork = 1_000_000;
    private const int MaxKinds = 100_000;

    // What is drawn of the queue: a tenth of the rhythm in which the runtime sees that its pool starves.
    private static readonly long s_longInQueue = Stopwatch.Frequency / 20;

    private readonly Dictionary<long, PerfettoWork> _work = [];
    private readonly Dictionary<int, string> _kinds = [];
    private readonly Dictionary<int, (ulong Stack, string? By)> _queued = [];

    /// <summary>Whether there is no room for more.</summary>
    public bool IsFull => _work.Count >= MaxWork;

    /// <summary>The work of this number; null where there is none.</summary>
    public PerfettoWork? Find(long work) => _work.GetValueOrDefault(work);

    /// <summary>Adds work.</summary>
    public void Add(PerfettoWork work) => _work.Add(work.Number, work);

    /// <summary>
    /// Where work of a kind is queued, and by whom: remembers a stack, and where none was looked at tells that of the last time.
    /// </summary>
    public (ulong Stack, string? By) QueuedBy(int kind, ulong stack, string? by)
    {
        if (kind == 0)
        {
            return (stack, by);
        }

        if (stack == PerfettoStacks.None)
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

    /// <summary>The ids of stacks are forgotten.</summary>
    public void ForgetStacks() => _queued.Clear();

    /// <summary>Work that a thread has is named by what was seen of it, if it has no name yet.</summary>
    public void Name(PerfettoThread thread, string? name)
    {
        if (thread.Work is { IsDrawn: false } work && name is not null)
        {
            if (work.Kind != 0)
            {
                if (_kinds.Count == MaxKinds)
                {
                    _kinds.Clear();
                }

                _kinds[work.Kind] = name;
            }

            Draw(thread, work, name);
        }
    }

    /// <summary>A thread has ended its work.</summary>
    public void End(PerfettoThread thread, PerfettoWork work, long time)
    {
        if (!work.IsDrawn)
        {
            Draw(thread, work, OtherwiseName(work));
        }

        file.EndSlice(thread.Track, file.Next(time));
        _work.Remove(work.Number);
    }

    /// <summary>The trace ends, with work in the queue.</summary>
    public void Complete(long time)
    {
        time = file.Next(time);
        foreach (PerfettoWork work in _work.Values)
        {
            if (work.StartedAt == 0)
            {
                DrawQueue(work, OtherwiseName(work), time);
            }
        }
    }

    private string OtherwiseName(PerfettoWork work) =>
        (work.Kind == 0 ? null : _kinds.GetValueOrDefault(work.Kind)) ?? work.OtherwiseName ?? UnknownName;

    private void Draw(PerfettoThread thread, PerfettoWork work, string name)
    {
        work.IsDrawn = true;
        if (work.QueuedAt == 0)
        {
            file.BeginSlice(thread.Track, work.StartedAt, names.Category("work"), names.Name(name));
            return;
        }

        DrawQueue(work, name, work.StartedAt);
        file.BeginSlice(
            thread.Track, work.StartedAt, names.Category("work"), names.Name(name), PerfettoStacks.None, work.Flow,
            (names.Annotation("queued_us"), (long)Stopwatch.GetElapsedTime(work.QueuedAt, work.StartedAt).TotalMicroseconds));
    }

    private void DrawQueue(PerfettoWork work, string name, long until)
    {
        if (work.QueuedAt != 0 && until - work.QueuedAt >= s_longInQueue)
        {
            queue.Draw(name, work.QueuedAt, until);
        }
    }
}
