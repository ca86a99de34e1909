using System.Buffers.Binary;

namespace Pprof.Unwinding.Dwarf;

/// <summary>
/// A cursor over DWARF data. Past the end it yields zeros and says so in <see cref="Failed"/>: data of another program
/// must not be able to throw.
/// </summary>
internal ref struct DwarfReader(ReadOnlySpan<byte> data, int position = 0)
{
    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>Index of the next byte.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Whether something was read that is not there, or that is malformed.</summary>
    public bool Failed { get; private set; } = (uint)position > (uint)data.Length;

    /// <summary>Whether nothing is left to read.</summary>
    public readonly bool AtEnd => Failed || Position >= _data.Length;

    public byte ReadByte() => Take(1) is { IsEmpty: false } bytes ? bytes[0] : (byte)0;

    public ushort ReadUInt16() => Take(2) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    public uint ReadUInt32() => Take(4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    public ulong ReadUInt64() => Take(8) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    /// <summary>An unsigned LEB128 number (DWARF 5, section 7.6).</summary>
    public ulong ReadUnsigned()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = ReadByte();
            if (shift < 64)
            {
                value |= (ulong)(next & 0x7f) << shift;
            }

            if ((next & 0x80) == 0 || Failed)
            {
                return value;
            }
        }
    }

    /// <summary>A signed LEB128 number.</summary>
    public long ReadSigned()
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = ReadByte();
            if (shift < 64)
            {
                value |= (long)(next & 0x7f) << shift;
            }

            if ((next & 0x80) == 0 || Failed)
            {
                return shift + 7 < 64 && (next & 0x40) != 0 ? value | (-1L << (shift + 7)) : value;
            }
        }
    }

    /// <summary>A block: its length, then its bytes. Returns the index of the first.</summary>
    public int ReadBlock(out int length)
    {
        ulong size = ReadUnsigned();
        int start = Position;
        length = size <= int.MaxValue ? (int)size : int.MaxValue;
        length = Take(length).Length;
        return start;
    }

    /// <summary>Moves over <paramref name="count"/> bytes, backward where it is negative.</summary>
    public void Skip(long count)
    {
        long target = Position + count;
        if (target < 0 || target > _data.Length)
        {
            Fail();
        }
        else
        {
            Position = (int)target;
        }
    }

    /// <summary>Makes the reader fail.</summary>
    public void Fail()
    {
        Failed = true;
        Position = _data.Length;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || count > _data.Length - Position)
        {
            Fail();
            return default;
        }

        ReadOnlySpan<byte> bytes = _data.Slice(Position, count);
        Position += count;
        return bytes;
    }
}
