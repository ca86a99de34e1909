namespace Pprof.Sources.Trace;

/// <summary>Moments of one source, in the order in which it told them, with their stacks and texts. Its room is fixed.</summary>
internal sealed class TraceBlock
{
    private const int MaxMoments = 1024;
    private const int MaxFrames = 32 * 1024;
    private const int MaxCharacters = 64 * 1024;

    private readonly TraceMoment[] _moments = new TraceMoment[MaxMoments];
    private readonly int[] _frameEnds = new int[MaxMoments];
    private readonly nuint[] _frames = new nuint[MaxFrames];
    private int _characters;

    /// <summary>The number of moments.</summary>
    public int Count { get; private set; }

    /// <summary>The first moment's time.</summary>
    public long Since => _moments[0].Timestamp;

    /// <summary>A moment.</summary>
    public ref readonly TraceMoment this[int index] => ref _moments[index];

    /// <summary>The stack of a moment, leaf first.</summary>
    public ReadOnlySpan<nuint> FramesOf(int index)
    {
        int start = index == 0 ? 0 : _frameEnds[index - 1];
        return _frames.AsSpan(start, _frameEnds[index] - start);
    }

    /// <summary>False where there is no room.</summary>
    public bool TryAdd(in TraceMoment moment, ReadOnlySpan<nuint> frames)
    {
        int start = Count == 0 ? 0 : _frameEnds[Count - 1];
        int characters = _characters + (moment.Text?.Length ?? 0) + (moment.Detail?.Length ?? 0);
        if (Count == MaxMoments || start + frames.Length > MaxFrames || characters > MaxCharacters)
        {
            return false;
        }

        frames.CopyTo(_frames.AsSpan(start));
        _frameEnds[Count] = start + frames.Length;
        _moments[Count++] = moment;
        _characters = characters;
        return true;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        // Of texts, too.
        Array.Clear(_moments, 0, Count);
        Count = 0;
        _characters = 0;
    }
}
