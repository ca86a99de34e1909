namespace Pprof.Sources.Trace;

/// <summary>Moments that are told later than they were, and in any order. Safe for concurrent use.</summary>
internal class LateLog : TraceFeed
{
    private const int MaxMoments = 10_000;

    private readonly Lock _gate = new();
    private readonly List<(TraceMoment Moment, nuint[] Frames)> _added = [];
    private readonly List<(TraceMoment Moment, nuint[] Frames)> _pending = [];
    private int _next;

    /// <summary>How many found no room.</summary>
    public long Lost { get; private set; }

    /// <summary>Takes a moment, with its stack.</summary>
    public void Add(in TraceMoment moment, ReadOnlySpan<nuint> frames)
    {
        lock (_gate)
        {
            if (_added.Count < MaxMoments)
            {
                _added.Add((moment, frames.ToArray()));
            }
            else
            {
                Lost++;
            }
        }
    }

    /// <summary>Collects what has been added, for those who read. Called by the thread that reads.</summary>
    public virtual void Collect()
    {
        _pending.RemoveRange(0, _next);
        _next = 0;
        lock (_gate)
        {
            if (_added.Count == 0)
            {
                return;
            }

            _pending.AddRange(_added);
            _added.Clear();
        }

        _pending.Sort(static (one, other) => one.Moment.Timestamp.CompareTo(other.Moment.Timestamp));
    }

    /// <inheritdoc/>
    public override bool TryPeek(long until, out long timestamp)
    {
        bool has = _next < _pending.Count;
        timestamp = has ? _pending[_next].Moment.Timestamp : 0;
        return has && timestamp <= until;
    }

    /// <inheritdoc/>
    public override TraceMoment Take(out ReadOnlySpan<nuint> frames)
    {
        (TraceMoment moment, nuint[] stack) = _pending[_next++];
        frames = stack;
        return moment;
    }
}
