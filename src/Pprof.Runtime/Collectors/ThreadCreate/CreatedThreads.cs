using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.ThreadCreate;

/// <summary>
/// Every thread that is known to have been created. Those that live are kept one by one, because their names can change;
/// of the others only the number by stack and name. Safe for concurrent use.
/// </summary>
/// <param name="systemIdOf"><see cref="ThreadCreationSource.SystemIdOf"/>.</param>
internal sealed class CreatedThreads(Func<long, int?>? systemIdOf = null) : IThreadSink
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
    private readonly Queue<(long RuntimeId, long Time)> _announcements = [];
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

    /// <inheritdoc/>
    public void Creating(long runtimeId, ReadOnlySpan<nuint> frames)
    {
        lock (_gate)
        {
            // The id is free again: the thread that had it has ended.
            CountUnseen(runtimeId);

            long now = Environment.TickCount64;
            while (_announcements.TryPeek(out (long RuntimeId, long Time) oldest)
                && (now - oldest.Time > MaxStartMilliseconds || _announcements.Count >= MaxAnnounced))
            {
                _announcements.Dequeue();
                if (_announced.TryGetValue(oldest.RuntimeId, out Announced thread) && thread.Time == oldest.Time && !TryFind(oldest.RuntimeId))
                {
                    CountUnseen(oldest.RuntimeId);
                }
            }

            _announced[runtimeId] = new Announced(frames.ToArray(), now);
            if (!TryFind(runtimeId))
            {
                _announcements.Enqueue((runtimeId, now));
            }
        }
    }

    /// <inheritdoc/>
    public void Created(long runtimeId, int systemId)
    {
        lock (_gate)
        {
            Start(runtimeId, systemId);
        }
    }

    /// <inheritdoc/>
    public void Listed(HashSet<int> systemIds)
    {
        lock (_gate)
        {
            FindAll();

            // Under the lock: a thread whose event comes after the list was read is not in it, and has not ended.
            HashSet<int> now = SystemThreads.Read();
            EndMissing(now);
            foreach (int systemId in systemIds)
            {
                if (now.Contains(systemId) && !_alive.ContainsKey(systemId))
                {
                    Add(systemId, 0, s_untracked);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Unwatched()
    {
        lock (_gate)
        {
            // What is announced and does not run now has ended. Later its id would be that of a thread which nobody announced.
            foreach (long runtimeId in new List<long>(_announced.Keys))
            {
                if (!TryFind(runtimeId))
                {
                    CountUnseen(runtimeId);
                }
            }

            _announcements.Clear();
        }
    }

    /// <summary>Finds out which of the announced threads run by now: before <see cref="CreatorOf"/> is asked for any number of them.</summary>
    public void FindAnnounced()
    {
        lock (_gate)
        {
            FindAll();
        }
    }

    /// <summary>
    /// The stack that created the thread which has this id of the system's, leaf first; an empty one where that is not known,
    /// or where the thread that had the id has ended. As of the last <see cref="FindAnnounced"/>.
    /// </summary>
    public nuint[] CreatorOf(int systemId)
    {
        lock (_gate)
        {
            return _alive.TryGetValue(systemId, out Alive? thread) && thread.Stack != s_untracked
                && (systemIdOf is null || systemIdOf(thread.RuntimeId) == systemId)
                    ? thread.Stack
                    : [];
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

            foreach ((int systemId, Alive thread) in _alive)
            {
                thread.Name = SystemThreads.NameOf(systemId) ?? thread.Name;
                samples.Add(thread.Stack, LabelsOf(thread.Name), 1);
            }
        }
    }

    private void FindAll()
    {
        foreach (long runtimeId in new List<long>(_announced.Keys))
        {
            TryFind(runtimeId);
        }
    }

    private bool TryFind(long runtimeId)
    {
        if (systemIdOf?.Invoke(runtimeId) is not { } systemId)
        {
            return false;
        }

        Start(runtimeId, systemId);
        return true;
    }

    private void Start(long runtimeId, int systemId)
    {
        nuint[]? stack = _announced.Remove(runtimeId, out Announced announced) ? announced.Stack : null;
        if (_alive.TryGetValue(systemId, out Alive? known))
        {
            if (stack == null || known.Stack == s_untracked)
            {
                // Seen in the list of threads before its event came.
                known.Stack = stack ?? known.Stack;
                known.RuntimeId = runtimeId;
                return;
            }

            if (known.RuntimeId == runtimeId)
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

        Add(systemId, runtimeId, stack ?? s_untracked);
    }

    private void Add(int systemId, long runtimeId, nuint[] stack)
    {
        _alive.Add(systemId, new Alive { RuntimeId = runtimeId, Stack = stack, Name = SystemThreads.NameOf(systemId) });
        _total++;
    }

    private void EndMissing(HashSet<int> now)
    {
        foreach (int systemId in _alive.Keys.Where(systemId => !now.Contains(systemId)).ToArray())
        {
            End(systemId, _alive[systemId]);
        }
    }

    private void End(int systemId, Alive thread)
    {
        _alive.Remove(systemId);
        _ended.Add(thread.Stack, LabelsOf(thread.Name), 1);
    }

    private void CountUnseen(long runtimeId)
    {
        if (_announced.Remove(runtimeId, out Announced thread))
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
        public required long RuntimeId { get; set; }

        public required nuint[] Stack { get; set; }

        public string? Name { get; set; }
    }
}
