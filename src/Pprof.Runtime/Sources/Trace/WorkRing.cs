namespace Pprof.Sources.Trace;

/// <summary>
/// What one thread did with the queue of the thread pool, on its way to the thread that writes the trace. No lock: the one
/// adds, the other takes. Bounded: what finds no room is counted.
/// </summary>
/// <param name="systemId">The thread's id in the system.</param>
internal sealed class WorkRing(int systemId)
{
    private const int Size = 1 << 13;

    private readonly WorkRecord[] _records = new WorkRecord[Size];
    private long _added;
    private long _taken;
    private long _lost;

    /// <summary>The thread's id in the system.</summary>
    public int SystemId => systemId;

    /// <summary>Called by the thread.</summary>
    public void Add(in WorkRecord record)
    {
        long added = _added;
        if (added - Volatile.Read(ref _taken) == Size)
        {
            Volatile.Write(ref _lost, _lost + 1);
            return;
        }

        _records[added % Size] = record;
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
}
