using Pprof.Process;
using Pprof.Profiles;

namespace Pprof.Sources.Threads;

/// <summary>
/// Every thread that is known to have been created. Those that live are kept one by one, because their names can change;
/// of the others only the number by stack and name. Safe for concurrent use.
/// </summary>
/// <param name="systemIdOf">
/// The system's id of an announced thread while it runs, null before and after; some time after its end perhaps that of
/// another. Null where only <see cref="Created"/> tells.
/// </param>
internal sealed class CreatedThreads(Func<long, int?>? systemIdOf = null)
{
    private const int MaxStacks = 1 << 14;
    private const int FirstLimit = 256;
    private const int MaxAnnounced = 1 << 14;

    // Who creates a thread waits until it runs, and hears of it before anyone here does: one that does not run after this
    // time has ended already.
    private const long MaxStartMilliseconds = 1000;

    private static readonly nuint[] s_untracked = [(nuint)PseudoFrame.UntrackedThread];

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Announced> _announced = [];
    private readonly Queue<(long Id, long Time)> _announcements = [];
    private readonly Dictionary<int, Alive> _alive = [];
    private readonly SampleTable _ended = new(1, MaxStacks);
    private readonly Dictionary<string, LabelSet> _labels = [];
    private int _limit = FirstLimit;
    private long _total;

    /// <summary>The number of threads.</summary>
    public long Total
    {
        get
        {
            lock (_gate)
            {
                return _total + _announced.Count;
            }
        }
    }

    /// <summary>A thread has been created with this stack of return addresses.</summary>
    public void Creating(long id, ReadOnlySpan<nuint> stack)
    {
        nuint[] frames = stack.ToArray();
        for (int i = 0; i < frames.Length; i++)
        {
            frames[i]--;
        }

        lock (_gate)
        {
            // The id is free again: the thread that had it has ended.
            CountUnseen(id);

            long now = Environment.TickCount64;
            while (_announcements.TryPeek(out (long Id, long Time) oldest)
                && (now - oldest.Time > MaxStartMilliseconds || _announcements.Count >= MaxAnnounced))
            {
                _announcements.Dequeue();
                if (_announced.TryGetValue(oldest.Id, out Announced thread) && thread.Time == oldest.Time && !TryFind(oldest.Id))
                {
                    CountUnseen(oldest.Id);
                }
            }

            _announced[id] = new Announced(frames, now);
            if (!TryFind(id))
            {
                _announcements.Enqueue((id, now));
            }
        }
    }

    /// <summary>A thread that was announced under <paramref name="id"/> runs.</summary>
    public void Created(long id, int systemId)
    {
        lock (_gate)
        {
            Start(id, systemId);
        }
    }

    /// <summary>Takes the threads into account that run and that no event has told of.</summary>
    /// <param name="listed">
    /// <see cref="SystemThreads.Read"/> of some time ago, whose events have all come since: only of the threads in this list
    /// is it known that none will come.
    /// </param>
    public void AddUntracked(HashSet<int> listed)
    {
        lock (_gate)
        {
            foreach (long id in _announced.Keys.ToArray())
            {
                TryFind(id);
            }

            // Under the lock: a thread whose event comes after the list was read is not in it, and has not ended.
            HashSet<int> now = SystemThreads.Read();
            EndMissing(now);
            foreach (int id in listed)
            {
                if (now.Contains(id) && !_alive.ContainsKey(id))
                {
                    Add(id, 0, s_untracked);
                }
            }
        }
    }

    /// <summary>Adds a sample for each stack and name.</summary>
    public void CopyTo(SampleTable samples)
    {
        lock (_gate)
        {
            for (int i = 0; i < _ended.Count; i++)
            {
                samples.Add(_ended.Stack(i), _ended.Labels(i), _ended.Values(i));
            }

            foreach (Announced thread in _announced.Values)
            {
                samples.Add(thread.Stack, LabelSet.Empty, 1);
            }

            foreach ((int id, Alive thread) in _alive)
            {
                thread.Name = SystemThreads.NameOf(id) ?? thread.Name;
                samples.Add(thread.Stack, LabelsOf(thread.Name), 1);
            }
        }
    }

    private bool TryFind(long id)
    {
        if (systemIdOf?.Invoke(id) is not { } systemId)
        {
            return false;
        }

        Start(id, systemId);
        return true;
    }

    private void Start(long id, int systemId)
    {
        nuint[]? stack = _announced.Remove(id, out Announced announced) ? announced.Stack : null;
        if (_alive.TryGetValue(systemId, out Alive? known))
        {
            if (stack == null || known.Stack == s_untracked)
            {
                // Seen in the list of threads before its event came.
                known.Stack = stack ?? known.Stack;
                known.Id = id;
                return;
            }

            if (known.Id == id)
            {
                // It had ended when its system's id was read, and this was that of its successor: so is the name.
                known.Name = null;
            }

            End(systemId, known);
        }

        if (_alive.Count >= _limit)
        {
            EndMissing(SystemThreads.Read());
            _limit = Math.Max(FirstLimit, 2 * _alive.Count);
        }

        Add(systemId, id, stack ?? s_untracked);
    }

    private void Add(int systemId, long id, nuint[] stack)
    {
        _alive.Add(systemId, new Alive { Id = id, Stack = stack, Name = SystemThreads.NameOf(systemId) });
        _total++;
    }

    private void EndMissing(HashSet<int> now)
    {
        foreach ((int id, Alive thread) in _alive.Where(thread => !now.Contains(thread.Key)).ToArray())
        {
            End(id, thread);
        }
    }

    private void End(int id, Alive thread)
    {
        _alive.Remove(id);
        _ended.Add(thread.Stack, LabelsOf(thread.Name), 1);
    }

    private void CountUnseen(long id)
    {
        if (_announced.Remove(id, out Announced thread))
        {
            _ended.Add(thread.Stack, LabelSet.Empty, 1);
            _total++;
        }
    }

    private LabelSet LabelsOf(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return LabelSet.Empty;
        }

        if (!_labels.TryGetValue(name, out LabelSet? labels))
        {
            labels = new LabelSet([new Label("thread", name)]);
            if (_labels.Count < MaxStacks)
            {
                _labels.Add(name, labels);
            }
        }

        return labels;
    }

    private readonly record struct Announced(nuint[] Stack, long Time);

    private sealed class Alive
    {
        // As the runtime's events name it; 0 where none did.
        public required long Id { get; set; }

        public required nuint[] Stack { get; set; }

        public string? Name { get; set; }
    }
}
