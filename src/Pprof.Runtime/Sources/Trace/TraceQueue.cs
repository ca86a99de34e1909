namespace Pprof.Sources.Trace;

/// <summary>
/// Moments on their way from those that see them to the thread that writes the trace. Bounded: when the writer is behind,
/// what comes is counted, not kept, and the count stands in the place of what is missing. Safe for concurrent use.
/// </summary>
/// <param name="maxBlocks">The full blocks that can wait, some 480 KB each at the most.</param>
/// <param name="lost">What tells the count.</param>
internal sealed class TraceQueue(int maxBlocks, TraceMomentKind lost = TraceMomentKind.Lost)
{
    private readonly Lock _gate = new();
    private readonly Queue<TraceBlock> _full = new();
    private readonly Stack<TraceBlock> _empty = new();
    private TraceBlock _current = new();
    private bool _isClosed;

    // Since the current block was full: the next one begins with it.
    private long _lost;
    private long _lostAt;

    /// <summary>Takes a moment.</summary>
    public void Add(in TraceMoment moment, ReadOnlySpan<nuint> frames)
    {
        lock (_gate)
        {
            if (_isClosed || (_lost == 0 && _current.TryAdd(moment, frames)))
            {
                return;
            }

            if (_full.Count < maxBlocks)
            {
                Seal();
                if (_current.TryAdd(moment, frames))
                {
                    return;
                }
            }

            _lost++;
            _lostAt = moment.Timestamp;
        }
    }

    /// <summary>Takes nothing from now on. What comes too late is not lost: it is not of this trace.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    /// <summary>
    /// The next block: one that is full, or what there is, if that began by <paramref name="until"/>; null where there is
    /// neither. Who has read it gives it back.
    /// </summary>
    public TraceBlock? Take(long until)
    {
        lock (_gate)
        {
            if (_full.Count == 0 && _current.Count > 0 && _current.Since <= until)
            {
                Seal();
            }

            return _full.TryDequeue(out TraceBlock? block) ? block : null;
        }
    }

    /// <summary>Gives back a block.</summary>
    public void Return(TraceBlock block)
    {
        block.Clear();
        lock (_gate)
        {
            if (_empty.Count < 8)
            {
                _empty.Push(block);
            }
        }
    }

    private void Seal()
    {
        _full.Enqueue(_current);
        _current = _empty.TryPop(out TraceBlock? empty) ? empty : new TraceBlock();
        if (_lost > 0)
        {
            _current.TryAdd(new TraceMoment { Kind = lost, Thread = 0, Timestamp = _lostAt, Number = _lost }, []);
            _lost = 0;
        }
    }
}
