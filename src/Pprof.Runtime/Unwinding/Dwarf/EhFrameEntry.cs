namespace Pprof.Unwinding.Dwarf;

/// <summary>The frame around an entry of <c>.eh_frame</c>: where it ends and what it is (LSB Core, "CFI Format").</summary>
/// <param name="Body">Index of what follows the CIE pointer.</param>
/// <param name="Limit">Index after the entry.</param>
/// <param name="CommonEntry">Index of the entry that this one refers to; that of the entry itself for a CIE.</param>
/// <param name="IsCommon">Whether the entry is a CIE.</param>
internal readonly record struct EhFrameEntry(int Body, int Limit, int CommonEntry, bool IsCommon)
{
    /// <summary>Reads the entry at <paramref name="offset"/>; false at the end of the list and where it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, int offset, out EhFrameEntry entry)
    {
        entry = default;
        var reader = new DwarfReader(data, offset);
        ulong length = reader.ReadUInt32();
        if (length == uint.MaxValue)
        {
            length = reader.ReadUInt64();
        }

        int pointerPosition = reader.Position;
        uint pointer = reader.ReadUInt32();
        if (reader.Failed || length < sizeof(uint) || length > (ulong)(data.Length - pointerPosition))
        {
            return false;
        }

        int common = pointer == 0 ? offset : (int)Math.Max(pointerPosition - (long)pointer, -1);
        entry = new EhFrameEntry(reader.Position, pointerPosition + (int)length, common, pointer == 0);
        return common >= 0;
    }
}
