namespace Pprof.Unwinding;

/// <summary>
/// Where the stacks of threads end, above their last managed frame: frames of the runtime and the C library that start
/// threads, which are in no profile, and whose unwinding takes longer than that of all managed ones. Where the same return
/// addresses stand at the same places again, they need not be unwound again. Bounded. Not safe for concurrent use.
/// </summary>
internal sealed class KnownStackEnds
{
    private const int MaxEnds = 1024;
    private const int MaxFrames = 24;

    private readonly Dictionary<(nuint Sp, nuint Pc), (nuint Place, nuint Address)[]> _known = [];
    private readonly (nuint Place, nuint Address)[] _frames = new (nuint, nuint)[MaxFrames];
    private (nuint Sp, nuint Pc) _begin;
    private int _count = -1;

    /// <summary>
    /// Whether the stack is known to end with what begins here. Otherwise what follows is to be told, frame by frame.
    /// </summary>
    /// <param name="sp">The stack pointer of the frame.</param>
    /// <param name="pc">What the frame executes.</param>
    /// <param name="memory">The stack.</param>
    public bool IsKnown(nuint sp, nuint pc, in StackMemory memory)
    {
        if (_count >= 0)
        {
            return false;
        }

        _begin = (sp, pc);
        _count = 0;
        return _known.TryGetValue(_begin, out (nuint Place, nuint Address)[]? frames) && AreThere(frames, in memory);
    }

    /// <summary>A frame was left by the return address at <paramref name="place"/>.</summary>
    public void Add(nuint place, nuint address)
    {
        if (_count >= 0 && _count < MaxFrames)
        {
            _frames[_count++] = (place, address);
        }
    }

    /// <summary>What began last is no end.</summary>
    public void Forget() => _count = -1;

    /// <summary>The stack has ended.</summary>
    public void Remember()
    {
        if (_count <= 0 || _count == MaxFrames)
        {
            return;
        }

        if (_known.Count == MaxEnds)
        {
            _known.Clear();
        }

        _known[_begin] = _frames.AsSpan(0, _count).ToArray();
    }

    private static bool AreThere((nuint Place, nuint Address)[] frames, in StackMemory memory)
    {
        foreach ((nuint place, nuint address) in frames)
        {
            if (!memory.TryRead(place, out nuint word) || word != address)
            {
                return false;
            }
        }

        return true;
    }
}
