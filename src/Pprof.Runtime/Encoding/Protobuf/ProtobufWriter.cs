using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Pprof.Encoding.Protobuf;

/// <summary>
/// One message in the protobuf wire format (protobuf.dev/programming-guides/encoding), in memory that is used again once it is
/// disposed: a profile of the process's lifetime is some hundred kilobytes every ten seconds. Not the protobuf library, whose
/// stream costs several times as much for the short fields of samples.
/// </summary>
/// <param name="capacity">How many bytes it will probably have.</param>
internal sealed class ProtobufWriter(int capacity = 0) : IDisposable
{
    private const int LeastCapacity = 256;
    private const int MaxVarint = 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(LeastCapacity, capacity));
    private int _length;

    // The wire types.
    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        LengthDelimited = 2,
    }

    /// <summary>The message so far, until more is written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>The bytes of the message so far.</summary>
    public int Length => _length;

    /// <summary>Begins another message.</summary>
    public void Clear() => _length = 0;

    /// <summary>Gives the memory back. Nothing can be written any more.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        (_buffer, _length) = ([], 0);
    }

    /// <summary>A number. The default, 0, is left out.</summary>
    public void Number(int field, long value)
    {
        if (value != 0)
        {
            Value(field, value);
        }
    }

    /// <summary>A number. The default, 0, is left out.</summary>
    public void Number(int field, ulong value) => Number(field, (long)value);

    /// <summary>A number whose 0 is to be there, too.</summary>
    public void Value(int field, long value)
    {
        MakeRoom(2 * MaxVarint);
        Put(Tag(field, WireType.Varint));
        Put((ulong)value);
    }

    /// <summary>A number of a fixed size.</summary>
    public void Fixed(int field, ulong value)
    {
        MakeRoom(MaxVarint + sizeof(ulong));
        Put(Tag(field, WireType.Fixed64));
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_length), value);
        _length += sizeof(ulong);
    }

    /// <summary>A truth. The default, false, is left out.</summary>
    public void Truth(int field, bool value) => Number(field, value ? 1L : 0);

    /// <summary>One string of a repeated field.</summary>
    public void Text(int field, string value)
    {
        int bytes = System.Text.Encoding.UTF8.GetByteCount(value);
        BeginMessage(field, bytes);
        MakeRoom(bytes);
        _length += System.Text.Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length));
    }

    /// <summary>A message inside of this one.</summary>
    public void Message(int field, ProtobufWriter message) => Bytes(field, message.Written.Span);

    /// <summary>
    /// Begins a message inside of this one, of so many bytes, which are written next. It saves large numbers of messages a copy.
    /// </summary>
    public void BeginMessage(int field, int bytes)
    {
        MakeRoom(2 * MaxVarint);
        Put(Tag(field, WireType.LengthDelimited));
        Put((ulong)bytes);
    }

    /// <summary>Bytes: those of a message, or of numbers that are packed.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        BeginMessage(field, bytes.Length);
        Fields(bytes);
    }

    /// <summary>The bytes that <see cref="Bytes"/> writes.</summary>
    public static int SizeOfBytes(int field, int length) => SizeOf(Tag(field, WireType.LengthDelimited)) + SizeOf((ulong)length) + length;

    /// <summary>Fields as another writer has written them.</summary>
    public void Fields(ReadOnlySpan<byte> fields)
    {
        MakeRoom(fields.Length);
        fields.CopyTo(_buffer.AsSpan(_length));
        _length += fields.Length;
    }

    /// <summary>The numbers of a repeated field, packed.</summary>
    public void Numbers(int field, ReadOnlySpan<long> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        BeginMessage(field, SizeOf(values));
        MakeRoom(values.Length * MaxVarint);
        foreach (long value in values)
        {
            Put((ulong)value);
        }
    }

    /// <summary>The bytes that <see cref="Numbers"/> writes.</summary>
    public static int SizeOfNumbers(int field, ReadOnlySpan<long> values) => values.IsEmpty ? 0 : SizeOfBytes(field, SizeOf(values));

    private static ulong Tag(int field, WireType type) => ((ulong)field << 3) | (ulong)type;

    private static int SizeOf(ReadOnlySpan<long> values)
    {
        int size = 0;
        foreach (long value in values)
        {
            size += SizeOf((ulong)value);
        }

        return size;
    }

    // Seven bits in each byte.
    private static int SizeOf(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private void MakeRoom(int bytes)
    {
        if (_buffer.Length - _length >= bytes)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + bytes));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    /// <summary>Writes a varint, for which there is room.</summary>
    private void Put(ulong value)
    {
        Span<byte> free = _buffer.AsSpan(_length);
        int size = 0;
        while (value >= 1 << 7)
        {
            free[size++] = (byte)(value | 0x80);
            value >>= 7;
        }

        free[size] = (byte)value;
        _length += size + 1;
    }
}
