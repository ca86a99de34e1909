using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.Trace;

/// <summary>What all threads did with the queue of the thread pool, and with asynchronous methods, in the order of time.</summary>
internal sealed class WorkLog : TraceFeed, IDisposable
{
    // What waits until all that happened before it is known: some 24 MB.
    private const int MaxPending = 1 << 20;
    private const int MaxThreads = 4096;
    private const int MaxNames = 1 << 16;

    [ThreadStatic]
    private static WorkRing? s_ofThread;

    private readonly WorkStacks? _stacks;
    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, (string Text, string Name)> _names = new();
    private readonly Lock _gate = new();
    private readonly List<WorkRing> _rings = [];
    private readonly List<(WorkRecord Record, int Thread)> _pending = [];
    private long[] _times = [];
    private bool _isClosed;
    private int _next;
    private int _lastName;

    // Of threads that have ended, or of which there are too many.
    private long _lostOfOthers;
    private long _knownLost;
    private long _lost;

    /// <param name="stacks">Who looks at stacks; null where nobody does.</param>
    public WorkLog(WorkStacks? stacks) => _stacks = stacks;

    /// <summary>The threads of which more can come.</summary>
    public int Threads
    {
        get
        {
            lock (_gate)
            {
                return _rings.Count;
            }
        }
    }

    /// <summary>Takes what the current thread does now.</summary>
    /// <param name="kind">What.</param>
    /// <param name="number">The work, as the kind says.</param>
    /// <param name="name">Its name, one of few; null for none.</param>
    public void Add(TraceMomentKind kind, int number, string? name = null)
    {
        // In its own time, before the stack is looked at: who takes the work does so later.
        long timestamp = Stopwatch.GetTimestamp();
        int thread = SystemThreads.CurrentId;
        if (RingOf(thread, timestamp) is not { } ring)
        {
            return;
        }

        // A method of a name begins in the same place each time.
        int stack = kind is TraceMomentKind.Queued or TraceMomentKind.OperationBegin && _stacks is not null
            ? _stacks.Capture(thread, name?.GetHashCode() ?? number, timestamp)
            : 0;
        ring.Add(new WorkRecord(timestamp, number, stack, name is null ? 0 : NumberOf(name), kind));
    }

    /// <summary>Collects what the threads have added, for those who read. Called by the thread that reads.</summary>
    public void Collect()
    {
        // What has been read makes room.
        _pending.RemoveRange(0, _next);
        _next = 0;
        int first = _pending.Count;
        long lost;
        lock (_gate)
        {
            _rings.RemoveAll(Drain);
            lost = _lostOfOthers;
            foreach (WorkRing ring in _rings)
            {
                lost += ring.Lost;
            }
        }

        _lost += lost - _knownLost;
        _knownLost = lost;

        Sort(first);
        _stacks?.Collect();
    }

    /// <summary>How many found no room since the last call.</summary>
    public long TakeLost()
    {
        long lost = _lost;
        _lost = 0;
        return lost;
    }

    /// <inheritdoc/>
    public override bool TryPeek(long until, out long timestamp)
    {
        bool has = _next < _pending.Count;
        timestamp = has ? _pending[_next].Record.Timestamp : 0;
        return has && timestamp <= until;
    }

    /// <inheritdoc/>
    public override TraceMoment Take(out ReadOnlySpan<nuint> frames)
    {
        (WorkRecord record, int thread) = _pending[_next++];
        frames = record.Stack == 0 ? [] : _stacks!.Take(record.Stack);
        (string? text, string? name) = record.Name == 0 ? default : _names[record.Name];
        return new TraceMoment
        {
            Kind = record.Kind,
            Thread = thread,
            Timestamp = record.Timestamp,
            Number = record.Number,
            Text = text,
            Detail = name,
        };
    }

    /// <summary>Nothing is read any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (WorkRing ring in _rings)
            {
                ring.Close();
            }

            _rings.Clear();
        }
    }

    /// <summary>Takes what is in a ring. Returns whether no more will be.</summary>
    private bool Drain(WorkRing ring)
    {
        // Asked before: what it added last is there then.
        bool hasEnded = ring.HasEnded;
        while (_pending.Count < MaxPending)
        {
            if (!ring.TryTake(out WorkRecord record))
            {
                _lostOfOthers += hasEnded ? ring.Lost : 0;
                return hasEnded;
            }

            _pending.Add((record, ring.SystemId));
        }

        return false;
    }

    private int NumberOf(string name)
    {
        if (_numbers.TryGetValue(name, out int known))
        {
            return known;
        }

        int number = Interlocked.Increment(ref _lastName);
        if (number > MaxNames)
        {
            return 0;
        }

        // Who reads the number finds the name.
        _names[number] = (name, AsyncMethodName.Of(name));
        return _numbers.GetOrAdd(name, number);
    }

    /// <summary>Puts what is new from <paramref name="first"/> on in order. Little of it happened before what was there.</summary>
    private void Sort(int first)
    {
        if (first == _pending.Count)
        {
            return;
        }

        long since = long.MaxValue;
        for (int i = first; i < _pending.Count; i++)
        {
            since = Math.Min(since, _pending[i].Record.Timestamp);
        }

        int start = first;
        while (start > 0 && _pending[start - 1].Record.Timestamp > since)
        {
            start--;
        }

        // By numbers alone, which takes some 60 % of the time that a comparison of records does.
        Span<(WorkRecord Record, int Thread)> unordered = CollectionsMarshal.AsSpan(_pending)[start..];
        if (_times.Length < unordered.Length)
        {
            _times = new long[unordered.Length * 2];
        }

        for (int i = 0; i < unordered.Length; i++)
        {
            _times[i] = unordered[i].Record.Timestamp;
        }

        _times.AsSpan(0, unordered.Length).Sort(unordered);
    }

    /// <summary>That of the current thread; null where there are too many, or what it does is nothing of the application's.</summary>
    private WorkRing? RingOf(int thread, long timestamp)
    {
        if (s_ofThread is { } known && known.Log == this)
        {
            return known;
        }

        // One of this package's never becomes another.
        if (OwnThreads.Contains(thread, timestamp))
        {
            return null;
        }

        lock (_gate)
        {
            if (_isClosed)
            {
                return null;
            }

            if (_rings.Count == MaxThreads)
            {
                _lostOfOthers++;
                return null;
            }

            var added = new WorkRing(this, Thread.CurrentThread, thread);
            _rings.Add(added);
            s_ofThread = added;
            return added;
        }
    }
}
