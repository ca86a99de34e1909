using Google.Protobuf;

namespace Pprof.Encoding.Protobuf;

/// <summary>
/// One message in the protobuf wire format (protobuf.dev/programming-guides/encoding). Only the primitives of the
/// protobuf library are used: its generated messages refer to its JSON formatter, which is not safe to trim, and every
/// NativeAOT build of an application would warn.
/// </summary>
internal sealed class ProtobufWriter : IDisposable
{
    private readonly PooledBytes _bytes;
    private readonly CodedOutputStream _output;

    /// <param name="capacity">How many bytes it will probably have.</param>
    public ProtobufWriter(int capacity = 0)
    {
        _bytes = new PooledBytes(capacity);
        _output = new CodedOutputStream(_bytes, leaveOpen: true);
    }

    /// <summary>The message so far. Valid until more is written, or the object is disposed.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            _output.Flush();
            return _bytes.Written;
        }
    }

    /// <summary>The bytes of the message so far.</summary>
    public int Length => (int)_output.Position;

    /// <summary>Begins another message.</summary>
    public void Clear()
    {
        _output.Flush();
        _bytes.Clear();
    }

    /// <summary>Gives back the memory of the message.</summary>
    public void Dispose() => _bytes.Dispose();

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
        _output.WriteTag(field, WireFormat.WireType.Varint);
        _output.WriteInt64(value);
    }

    /// <summary>A number of a fixed size.</summary>
    public void Fixed(int field, ulong value)
    {
        _output.WriteTag(field, WireFormat.WireType.Fixed64);
        _output.WriteFixed64(value);
    }

    /// <summary>A truth. The default, false, is left out.</summary>
    public void Truth(int field, bool value) => Number(field, value ? 1L : 0);

    /// <summary>One string of a repeated field.</summary>
    public void Text(int field, string value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteString(value);
    }

    /// <summary>A message inside of this one.</summary>
    public void Message(int field, ProtobufWriter message)
    {
        ReadOnlySpan<byte> bytes = message.Written.Span;
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteLength(bytes.Length);

        // Without an object for each.
        Fields(bytes);
    }

    /// <summary>
    /// Begins a message inside of this one, of so many bytes, which are written next. It saves large numbers of messages a copy.
    /// </summary>
    public void BeginMessage(int field, int bytes)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteLength(bytes);
    }

    /// <summary>Bytes: those of a message, or of numbers that are packed.</summary>
    public void Bytes(int field, ReadOnlyMemory<byte> bytes)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteBytes(UnsafeByteOperations.UnsafeWrap(bytes));
    }

    /// <summary>The bytes that <see cref="Bytes"/> writes.</summary>
    public static int SizeOfBytes(int field, int length) =>
        CodedOutputStream.ComputeTagSize(field) + CodedOutputStream.ComputeLengthSize(length) + length;

    /// <summary>Fields as another writer has written them.</summary>
    public void Fields(ReadOnlySpan<byte> fields)
    {
        if (!fields.IsEmpty)
        {
            _output.Flush();
            _bytes.Write(fields);
        }
    }

    /// <summary>The numbers of a repeated field, packed.</summary>
    public void Numbers(int field, ReadOnlySpan<long> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteLength(SizeOf(values));
        foreach (long value in values)
        {
            _output.WriteInt64(value);
        }
    }

    /// <summary>The bytes that <see cref="Numbers"/> writes.</summary>
    public static int SizeOfNumbers(int field, ReadOnlySpan<long> values) => values.IsEmpty ? 0 : SizeOfBytes(field, SizeOf(values));

    private static int SizeOf(ReadOnlySpan<long> values)
    {
        int size = 0;
        foreach (long value in values)
        {
            size += CodedOutputStream.ComputeInt64Size(value);
        }

        return size;
    }
}
