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

    /// <summary>
    /// Whether the call of which this is the stack is still going on where a thread has these frames: the innermost of this
    /// may be at another place of its method. True where nothing is known of it.
    /// </summary>
    /// <param name="frames">The frames, leaf first.</param>
    /// <param name="maxDepth">A stack that has so many frames may have been cut.</param>
    public readonly bool GoesOnIn(ReadOnlySpan<nuint> frames, int maxDepth)
    {
        // The same call of the method has the same callers.
        ReadOnlySpan<nuint> callers = _depth == 0 ? [] : Frames[1..];
        return callers.IsEmpty
            || (frames.IndexOf(callers[0]) is >= 0 and var at && IsSame(callers, frames[at..], whole: frames.Length < maxDepth));
    }

    /// <summary>Whether two parts of stacks are the same; as far as both go, where one may have been cut.</summary>
    public static bool IsSame(ReadOnlySpan<nuint> left, ReadOnlySpan<nuint> right, bool whole)
    {
        int common = Math.Min(left.Length, right.Length);
        return (!whole || left.Length == right.Length) && left[..common].SequenceEqual(right[..common]);
    }
}
