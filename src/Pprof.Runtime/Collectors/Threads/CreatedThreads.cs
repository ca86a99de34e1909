using Pprof.Profiles;

namespace Pprof.Collectors.Threads;

/// <summary>
/// Every thread that is known to have been created. Those that live are kept one by one, because their names can change;
/// of the others only the number by stack and name. Safe for concurrent use.
/// </summary>
internal sealed class CreatedThreads
{
    private const int MaxStacks = 1 << 14;
    private const int FirstLimit = 256;

    // Threads that are being created; a few, unless creating them fails.
    private const int MaxCreating = 1 << 12;

    private static readonly nuint[] s_untracked = [(nuint)PseudoFrame.UntrackedThread];

    private readonly Lock _gate = new();
    private readonly Dictionary<long, nuint[]> _creating = [];
    private readonly Dictionary<int, Alive> _alive = [];
    private readonly SampleTable _ended = new(1, MaxStacks);
    private readonly Dictionary<string, LabelSet> _labels = [];
    private int _limit = FirstLimit;

    /// <summary>The number of threads.</summary>
    public long Total { get; private set; }

    /// <summary>A thread is being created with this stack of return addresses.</summary>
    public void Creating(long id, ReadOnlySpan<nuint> stack)
    {
        nuint[] frames = stack.ToArray();
        for (int i = 0; i < frames.Length; i++)
        {
            frames[i]--;
        }

        lock (_gate)
        {
            if (_creating.Count >= MaxCreating)
            {
                _creating.Clear();
            }

            _creating[id] = frames;
        }
    }

    /// <summary>A thread that was announced under <paramref name="id"/> runs.</summary>
    public void Created(long id, int systemId)
    {
        lock (_gate)
        {
            bool announced = _creating.Remove(id, out nuint[]? stack);
            if (_alive.TryGetValue(systemId, out Alive? known))
            {
                if (!announced || known.Stack == s_untracked)
                {
                    // Seen in the list of threads before its event came.
                    known.Stack = stack ?? known.Stack;
                    return;
                }

                End(systemId, known);
            }

            if (_alive.Count >= _limit)
            {
                EndMissing(SystemThreads.Read());
                _limit = Math.Max(FirstLimit, 2 * _alive.Count);
            }

            Add(systemId, stack ?? s_untracked);
        }
    }

    /// <summary>Takes the threads of the process into account that no event has told of.</summary>
    public void AddUntracked()
    {
        lock (_gate)
        {
            // Under the lock: a thread whose event comes after the list was read is not in it, and has not ended.
            HashSet<int> now = SystemThreads.Read();
            EndMissing(now);
            foreach (int id in now)
            {
                if (!_alive.ContainsKey(id))
                {
                    Add(id, s_untracked);
                }
            }
        }
    }

    /// <summary>Adds a sample for each stack and name.</summary>
    public void CopyTo(SampleTable samples)
    {
        AddUntracked();
        lock (_gate)
        {
            for (int i = 0; i < _ended.Count; i++)
            {
                samples.Add(_ended.Stack(i), _ended.Labels(i), _ended.Values(i));
            }

            foreach ((int id, Alive thread) in _alive)
            {
                thread.Name = SystemThreads.NameOf(id) ?? thread.Name;
                samples.Add(thread.Stack, LabelsOf(thread.Name), 1);
            }
        }
    }

    private void Add(int systemId, nuint[] stack)
    {
        _alive.Add(systemId, new Alive { Stack = stack, Name = SystemThreads.NameOf(systemId) });
        Total++;
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

    private sealed class Alive
    {
        public required nuint[] Stack { get; set; }

        public string? Name { get; set; }
    }
}
