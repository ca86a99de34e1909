using System.Buffers.Binary;

namespace Pprof.Unwinding.Dwarf;

/// <summary><c>.eh_frame_hdr</c> (LSB Core, "The .eh_frame_hdr section").</summary>
internal readonly ref struct EhFrameHeader
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly nuint _address;
    private readonly PointerEncoding _encoding;
    private readonly int _table;

    private EhFrameHeader(ReadOnlySpan<byte> data, nuint address, nuint frameStart, PointerEncoding encoding, int table, int count)
    {
        _data = data;
        _address = address;
        _encoding = encoding;
        _table = table;
        FrameStart = frameStart;
        Count = count;
    }

    /// <summary>Where <c>.eh_frame</c> begins.</summary>
    public nuint FrameStart { get; }

    /// <summary>The number of entries of the search table.</summary>
    public int Count { get; }

    /// <summary>Whether there is a search table.</summary>
    public bool HasTable => Count > 0;

    /// <summary>Entry <paramref name="index"/> of the search table: a function's first address and that of its FDE.</summary>
    public (nuint Function, nuint Entry) this[int index]
    {
        get
        {
            if (_encoding == PointerEncoding.DataRelativeSigned4)
            {
                // As every linker writes it; there are tens of thousands.
                ReadOnlySpan<byte> pair = _data.Slice(_table + (index * 8), 8);
                return (
                    _address + (nuint)BinaryPrimitives.ReadInt32LittleEndian(pair),
                    _address + (nuint)BinaryPrimitives.ReadInt32LittleEndian(pair[4..]));
            }

            var reader = new DwarfReader(_data, _table + (index * 2 * _encoding.Size));
            nuint function = _encoding.Read(ref reader, _address, _address);
            nuint entry = _encoding.Read(ref reader, _address, _address);
            return (function, entry);
        }
    }

    /// <summary>Reads the header whose <paramref name="data"/> lie at <paramref name="address"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, nuint address, out EhFrameHeader header)
    {
        header = default;
        var reader = new DwarfReader(data);
        int version = reader.ReadByte();
        var frameEncoding = new PointerEncoding(reader.ReadByte());
        var countEncoding = new PointerEncoding(reader.ReadByte());
        var tableEncoding = new PointerEncoding(reader.ReadByte());
        nuint frameStart = frameEncoding.Read(ref reader, address, address);
        nuint count = countEncoding.Read(ref reader, address, address);
        if (reader.Failed || version != 1 || frameStart == 0)
        {
            return false;
        }

        // A table whose entries have no fixed size, or that is cut off, is as good as none.
        int entrySize = tableEncoding.IsOmitted ? 0 : 2 * tableEncoding.Size;
        bool hasTable = entrySize > 0 && count <= (nuint)((data.Length - reader.Position) / entrySize);
        header = new EhFrameHeader(data, address, frameStart, tableEncoding, reader.Position, hasTable ? (int)count : 0);
        return true;
    }
}
