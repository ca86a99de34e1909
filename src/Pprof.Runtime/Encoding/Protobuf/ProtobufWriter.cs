using Google.Protobuf;

namespace Pprof.Encoding.Protobuf;

/// <summary>
/// One message in the protobuf wire format (protobuf.dev/programming-guides/encoding). Only the primitives of the
/// protobuf library are used: its generated messages refer to its JSON formatter, which is not safe to trim, and every
/// NativeAOT build of an application would warn.
/// </summary>
internal sealed class ProtobufWriter
{
    private readonly MemoryStream _bytes = new();
    private readonly CodedOutputStream _output;

    public ProtobufWriter() => _output = new CodedOutputStream(_bytes, leaveOpen: true);

    /// <summary>The message so far.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            _output.Flush();
            return _bytes.GetBuffer().AsMemory(0, (int)_bytes.Length);
        }
    }

    /// <summary>Begins another message.</summary>
    public void Clear()
    {
        _output.Flush();
        _bytes.SetLength(0);
    }

    /// <summary>A number. The default, 0, is left out.</summary>
    public void Number(int field, long value)
    {
        if (value != 0)
        {
            _output.WriteTag(field, WireFormat.WireType.Varint);
            _output.WriteInt64(value);
        }
    }

    /// <summary>A number. The default, 0, is left out.</summary>
    public void Number(int field, ulong value) => Number(field, (long)value);

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
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteBytes(UnsafeByteOperations.UnsafeWrap(message.Written));
    }

    /// <summary>The numbers of a repeated field, packed.</summary>
    public void Numbers(int field, ReadOnlySpan<long> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        int length = 0;
        foreach (long value in values)
        {
            length += CodedOutputStream.ComputeInt64Size(value);
        }

        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteLength(length);
        foreach (long value in values)
        {
            _output.WriteInt64(value);
        }
    }
}
