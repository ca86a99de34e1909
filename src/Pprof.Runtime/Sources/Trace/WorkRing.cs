namespace Pprof.Sources.Trace;

/// <summary>
/// What one thread did with the queue of the thread pool, on its way to the thread that writes the trace. No lock: the one
/// adds, the other takes. It grows where much waits, up to some 200 KB: what finds no room then is counted.
/// </summary>
/// <param name="log">Whose it is.</param>
/// <param name="thread">The thread.</param>
/// <param name="systemId">The thread's id in the system.</param>
internal sealed class WorkRing(WorkLog log, Thread thread, int systemId)
{
    // Powers of two.
    private const int FirstSize = 1 << 8;
    private const int MaxSize = 1 << 13;

    private volatile WorkRecord[] _records = new WorkRecord[FirstSize];
    private volatile WorkLog? _log = log;
    private long _added;
    private long _taken;
    private long _lost;

    /// <summary>Whose it is; null where nobody takes anything any more.</summary>
    public WorkLog? Log => _log;

    /// <summary>The thread's id in the system.</summary>
    public int SystemId => systemId;

    /// <summary>Whether nothing is added any more.</summary>
    public bool HasEnded => !thread.IsAlive;

    /// <summary>Called by the thread.</summary>
    public void Add(in WorkRecord record)
    {
        WorkRecord[] records = _records;
        if (records.Length == 0)
        {
            return;
        }

        long added = _added;
        if (added - Volatile.Read(ref _taken) == records.Length)
        {
            if (records.Length == MaxSize)
            {
                Volatile.Write(ref _lost, _lost + 1);
                return;
            }

            records = Grow(records);
        }

        records[added & (records.Length - 1)] = record;
        Volatile.Write(ref _added, added + 1);
    }

    /// <summary>How many found no room so far. Called by the thread that takes.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Takes one. Called by one other thread.</summary>
    public bool TryTake(out WorkRecord record)
    {
        if (_taken == Volatile.Read(ref _added))
        {
            record = default;
            return false;
        }

        // Of two arrays both have what was added before there were two.
        WorkRecord[] records = _records;
        record = records[_taken & (records.Length - 1)];
        Volatile.Write(ref _taken, _taken + 1);
        return true;
    }

    /// <summary>Nothing is taken any more. The thread keeps the ring, but not its memory.</summary>
    public void Close()
    {
        _log = null;
        _records = [];
    }

    private WorkRecord[] Grow(WorkRecord[] records)
    {
        // All places are in use. What is taken meanwhile is copied for nothing.
        var larger = new WorkRecord[2 * records.Length];
        for (long i = _added - records.Length; i < _added; i++)
        {
            larger[i & (larger.Length - 1)] = records[i & (records.Length - 1)];
        }

        _records = larger;
        if (_log is null)
        {
            // It was closed at the same time.
            _records = [];
        }

        return larger;
    }
}
