namespace Pprof.Sources.Waits;

/// <summary>A copy of a stack, in memory that the next one uses again.</summary>
internal struct FrameCopy
{
    private nuint[]? _frames;
    private int _depth;

    /// <summary>The frames, leaf first; none before the first copy.</summary>
    public readonly ReadOnlySpan<nuint> Frames => _frames.AsSpan(0, _depth);

    public void Set(ReadOnlySpan<nuint> frames)
    {
        if (_frames is null || _frames.Length < frames.Length)
        {
            _frames = new nuint[Math.Max(frames.Length, 32)];
        }

        frames.CopyTo(_frames);
        _depth = frames.Length;
    }

    public void Clear() => _depth = 0;
}
