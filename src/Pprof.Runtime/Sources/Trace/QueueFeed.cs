namespace Pprof.Sources.Trace;

/// <summary>The moments of a queue.</summary>
internal sealed class QueueFeed(TraceQueue queue) : TraceFeed
{
    private TraceBlock? _block;
    private int _next;

    /// <inheritdoc/>
    public override bool TryPeek(long until, out long timestamp)
    {
        if (_block is not null && _next == _block.Count)
        {
            queue.Return(_block);
            _block = null;
        }

        if (_block is null)
        {
            (_block, _next) = (queue.Take(until), 0);
        }

        timestamp = _block is null ? 0 : _block[_next].Timestamp;
        return _block is not null && timestamp <= until;
    }

    /// <inheritdoc/>
    public override TraceMoment Take(out ReadOnlySpan<nuint> frames)
    {
        frames = _block!.FramesOf(_next);
        return _block[_next++];
    }
}
