namespace Pprof.Sources.Trace;

/// <summary>
/// What one thread did with the queue of the thread pool, on its way to the thread that writes the trace. No lock: the one
/// adds, the other takes. Bounded: what finds no room is counted.
/// </summary>
/// <param name="log">Whose it is.</param>
/// <param name="systemId">The thread's id in the system.</param>
internal sealed class WorkRing(WorkLog log, int systemId)
{
    private const int Size = 1 << 13;

    private volatile WorkRecord[] _records = new WorkRecord[Size];
    private volatile WorkLog? _log = log;
    private long _added;
    private long _taken;
    private long _lost;

    /// <summary>Whose it is; null where nobody takes anything any more.</summary>
    public WorkLog? Log => _log;

    /// <summary>The thread's id in the system.</summary>
    public int SystemId => systemId;

    /// <summary>Called by the thread.</summary>
    public void Add(in WorkRecord record)
    {
        WorkRecord[] records = _records;
        if (records.Length == 0)
        {
            return;
        }

        long added = _added;
        if (added - Volatile.Read(ref _taken) == Size)
        {
            Volatile.Write(ref _lost, _lost + 1);
            return;
        }

        records[added % Size] = record;
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

        record = _records[_taken % Size];
        Volatile.Write(ref _taken, _taken + 1);
        return true;
    }

    /// <summary>Nothing is taken any more. The thread keeps the ring, but not its memory.</summary>
    public void Close()
    {
        _log = null;
        _records = [];
    }
}
