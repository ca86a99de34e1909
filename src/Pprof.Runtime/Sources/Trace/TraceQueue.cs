using System.Diagnostics;

namespace Pprof.Sources.Trace;

/// <summary>
/// Moments on their way from those that see them to the thread that writes the trace. Bounded: when the writer is behind,
/// what comes is counted, not kept. Safe for concurrent use.
/// </summary>
/// <param name="maxBlocks">The blocks that can wait, some 350 KB each.</param>
internal sealed class TraceQueue(int maxBlocks)
{
    // Bytes go out while a trace is under way, though little happens.
    private static readonly long s_patience = Stopwatch.Frequency / 10;

    private readonly Lock _gate = new();
    private readonly Queue<TraceBlock> _full = new();
    private readonly Stack<TraceBlock> _empty = new();
    private TraceBlock _current = new();
    private long _lost;

    /// <summary>Takes a moment.</summary>
    public void Add(in TraceMoment moment, ReadOnlySpan<nuint> frames)
    {
        lock (_gate)
        {
            if (_current.Count > 0 && moment.Timestamp - _current.Since > s_patience && _full.Count < maxBlocks)
            {
                Seal();
            }

            if (_lost > 0 && _full.Count < maxBlocks)
            {
                long lost = _lost;
                _lost = 0;
                _current.TryAdd(new TraceMoment { Kind = TraceMomentKind.Lost, Thread = 0, Timestamp = moment.Timestamp, Number = lost }, []);
            }

            if (_current.TryAdd(moment, frames))
            {
                return;
            }

            if (_full.Count >= maxBlocks)
            {
                _lost++;
                return;
            }

            Seal();
            if (!_current.TryAdd(moment, frames))
            {
                _lost++;
            }
        }
    }

    /// <summary>
    /// The next block; null where none is full, and <paramref name="all"/> is not asked for, or none is left. Who has read it
    /// gives it back.
    /// </summary>
    public TraceBlock? Take(bool all)
    {
        lock (_gate)
        {
            if (_full.Count == 0 && all && _current.Count > 0)
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
    }
}
