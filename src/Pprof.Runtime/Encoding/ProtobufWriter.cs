using System.Numerics;

namespace Pprof.Encoding;

/// <summary>
/// One message in the protobuf wire format (protobuf.dev/programming-guides/encoding). A library for it would be the
/// package's only dependency, and the one that there is makes every NativeAOT build warn.
/// </summary>
internal sealed class ProtobufWriter
{
    private const int VarintType = 0;
    private const int LengthType = 2;
    private const int MaxVarintBytes = 10;

    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Begins another message.</summary>
    public void Clear() => _length = 0;

    /// <summary>A number. The default, 0, is left out.</summary>
    public void Number(int field, long value) => Number(field, (ulong)value);

    /// <summary>A number. The default, 0, is left out.</summary>
    public void Number(int field, ulong value)
    {
        if (value != 0)
        {
            Tag(field, VarintType);
            Varint(value);
        }
    }

    /// <summary>A truth. The default, false, is left out.</summary>
    public void Truth(int field, bool value) => Number(field, value ? 1UL : 0);

    /// <summary>One string of a repeated field.</summary>
    public void Text(int field, string value)
    {
        int length = System.Text.Encoding.UTF8.GetByteCount(value);
        Length(field, length);
        _length += System.Text.Encoding.UTF8.GetBytes(value, Free(length));
    }

    /// <summary>A message inside of this one.</summary>
    public void Message(int field, ProtobufWriter message)
    {
        Length(field, message._length);
        message.Written.CopyTo(Free(message._length));
        _length += message._length;
    }

    /// <summary>The numbers of a repeated field, packed.</summary>
    public void Numbers(int field, ReadOnlySpan<long> values)
    {
        int length = 0;
        foreach (long value in values)
        {
            length += VarintBytes((ulong)value);
        }

        if (length > 0)
        {
            Length(field, length);
            foreach (long value in values)
            {
                Varint((ulong)value);
            }
        }
    }

    private static int VarintBytes(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private void Length(int field, int length)
    {
        Tag(field, LengthType);
        Varint((ulong)length);
    }

    private void Tag(int field, int wireType) => Varint((ulong)((field << 3) | wireType));

    private void Varint(ulong value)
    {
        Span<byte> free = Free(MaxVarintBytes);
        int i = 0;
        for (; value >= 0x80; value >>= 7)
        {
            free[i++] = (byte)(value | 0x80);
        }

        free[i++] = (byte)value;
        _length += i;
    }

    private Span<byte> Free(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        }

        return _bytes.AsSpan(_length);
    }
}
