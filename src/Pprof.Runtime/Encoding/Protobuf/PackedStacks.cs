namespace Pprof.Encoding.Protobuf;

/// <summary>
/// The location ids of one stack after the other, packed. What a stack has in common with the one before, at its root, is
/// neither looked up nor written again: the stacks of a profile differ at their leaves.
/// </summary>
/// <param name="idOf">The id of the location at an address.</param>
internal sealed class PackedStacks(Func<nuint, uint> idOf)
{
    private const int MaxBytes = 5;
    private const int InitialFrames = 128;

    // The stack before, its root first, and how many bytes so many of its outermost frames take. The bytes are written from
    // the end of the buffer on, so that those of the root stay where they are.
    private nuint[] _frames = new nuint[InitialFrames];
    private int[] _lengths = new int[InitialFrames + 1];
    private byte[] _buffer = new byte[InitialFrames * MaxBytes];
    private int _count;

    /// <summary>The ids of <paramref name="stack"/>, leaf first. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Pack(ReadOnlySpan<nuint> stack)
    {
        if (stack.Length > _frames.Length)
        {
            MakeRoom(stack.Length);
        }

        int same = SameAtRoot(stack);
        int length = _lengths[same];
        for (int i = same; i < stack.Length; i++)
        {
            nuint frame = stack[^(i + 1)];
            length = Put(idOf(frame), length);
            _frames[i] = frame;
            _lengths[i + 1] = length;
        }

        _count = stack.Length;
        return _buffer.AsMemory(_buffer.Length - length);
    }

    private int SameAtRoot(ReadOnlySpan<nuint> stack)
    {
        int most = Math.Min(_count, stack.Length);
        int same = 0;
        while (same < most && _frames[same] == stack[^(same + 1)])
        {
            same++;
        }

        return same;
    }

    /// <summary>Puts a number before what there is, as a varint. Returns the bytes of all.</summary>
    private int Put(uint id, int length)
    {
        int size = id < 1u << 7 ? 1 : id < 1u << 14 ? 2 : id < 1u << 21 ? 3 : id < 1u << 28 ? 4 : MaxBytes;
        length += size;
        int at = _buffer.Length - length;
        for (; size > 1; size--)
        {
            _buffer[at++] = (byte)(id | 0x80);
            id >>= 7;
        }

        _buffer[at] = (byte)id;
        return length;
    }

    private void MakeRoom(int frames)
    {
        int room = Math.Max(frames, _frames.Length * 2);
        _frames = new nuint[room];
        _lengths = new int[room + 1];
        _buffer = new byte[room * MaxBytes];
        _count = 0;
    }
}
