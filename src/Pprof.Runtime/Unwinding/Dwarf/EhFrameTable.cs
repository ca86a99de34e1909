using Pprof.Symbols.Elf;

namespace Pprof.Unwinding.Dwarf;

/// <summary>
/// The call frame information of a loaded module (<c>.eh_frame</c> and <c>.eh_frame_hdr</c>: LSB Core, "Exception
/// Frames"), with an index by address. Copied, because a module can be unloaded; but for the program itself, which stays.
/// Immutable, so safe for concurrent use.
/// </summary>
internal sealed class EhFrameTable
{
    // The largest programs come to some tens of megabytes; a damaged header must not ask for more than that.
    private const int MaxSize = 256 << 20;

    // Null where it is read in its place.
    private readonly byte[]? _copy;
    private readonly nuint _address;
    private readonly int _length;
    private readonly nuint[] _functionStarts;
    private readonly int[] _entries;

    private EhFrameTable(byte[]? copy, nuint address, int length, nuint[] functionStarts, int[] entries)
    {
        _copy = copy;
        _address = address;
        _length = length;
        _functionStarts = functionStarts;
        _entries = entries;
    }

    /// <summary>The first addresses of the functions that the table describes, in ascending order.</summary>
    public ReadOnlySpan<nuint> FunctionStarts => _functionStarts;

    private ReadOnlySpan<byte> Data => _copy ?? Memory(_address, _length);

    /// <summary>The table of <paramref name="module"/>; null where it has none that can be read.</summary>
    public static EhFrameTable? Load(ElfModule module)
    {
        if (module.FindSegment(ElfConstants.SegmentGnuEhFrame) is not { MemorySize: <= MaxSize } segment)
        {
            return null;
        }

        nuint headerAddress = module.LoadBias + (nuint)segment.VirtualAddress;
        var headerBytes = new byte[segment.MemorySize];
        if (!module.TryRead(headerAddress, headerBytes)
            || !EhFrameHeader.TryRead(headerBytes, headerAddress, out EhFrameHeader header))
        {
            return null;
        }

        nuint start = header.FrameStart;
        nuint limit = header.HasTable ? LastEntryLimit(module, header) : module.SegmentLimit(start);
        if (limit <= start || limit - start > MaxSize)
        {
            return null;
        }

        int length = (int)(limit - start);
        if (module.IsProgram && limit <= module.SegmentLimit(start))
        {
            return header.HasTable ? FromHeader(null, length, header) : FromFrames(null, length, start);
        }

        byte[] copy = new byte[length];
        if (!module.TryRead(start, copy))
        {
            return null;
        }

        return header.HasTable ? FromHeader(copy, length, header) : FromFrames(copy, length, start);
    }

    /// <summary>
    /// The table of the entries in <paramref name="data"/>, which lie at <paramref name="address"/> in memory; the way of
    /// modules whose header has no search table.
    /// </summary>
    internal static EhFrameTable FromFrames(byte[] data, nuint address) => FromFrames(data, data.Length, address);

    private static EhFrameTable FromFrames(byte[]? copy, int length, nuint address)
    {
        ReadOnlySpan<byte> data = copy ?? Memory(address, length);
        var starts = new List<nuint>();
        var entries = new List<int>();
        for (int offset = 0; EhFrameEntry.TryRead(data, offset, out EhFrameEntry entry); offset = entry.Limit)
        {
            if (!entry.IsCommon && TryReadFunction(data, address, entry, out _, out nuint start, out _, out _))
            {
                starts.Add(start);
                entries.Add(offset);
            }
        }

        nuint[] functionStarts = [.. starts];
        int[] functionEntries = [.. entries];
        Array.Sort(functionStarts, functionEntries);
        return new EhFrameTable(copy, address, length, functionStarts, functionEntries);
    }

    /// <summary>
    /// The row for <paramref name="pc"/>, which lies inside the instruction that is executing: for a caller, the return
    /// address less one. False where the module does not describe the function, or what it says is malformed.
    /// </summary>
    public bool TryFindRow(nuint pc, out UnwindRow row)
    {
        row = default;
        ReadOnlySpan<byte> data = Data;
        int index = Array.BinarySearch(_functionStarts, pc);
        index = index >= 0 ? index : ~index - 1;
        if (index < 0
            || !EhFrameEntry.TryRead(data, _entries[index], out EhFrameEntry entry)
            || entry.IsCommon
            || !TryReadFunction(data, _address, entry, out CommonInformationEntry common, out nuint start, out nuint limit, out int instructions)
            || pc < start
            || pc >= limit)
        {
            return false;
        }

        row.Start = start;
        row.Limit = limit;
        row.ReturnAddressRegister = common.ReturnAddressRegister;
        row.IsSignalFrame = common.IsSignalFrame;

        // The instructions of a CIE move no location: they make the first row.
        UnwindRow initial = default;
        if (!CallFrameProgram.TryExecute(data, _address, common, common.Instructions, common.Limit, nuint.MaxValue, initial, ref row))
        {
            return false;
        }

        initial = row;
        return CallFrameProgram.TryExecute(data, _address, common, instructions, entry.Limit, pc, initial, ref row)
            && row.Cfa.Kind is UnwindRuleKind.Register or UnwindRuleKind.Expression;
    }

    /// <summary>The first address of the last function that does not begin after <paramref name="pc"/>; 0 for none.</summary>
    public nuint FunctionStartOf(nuint pc)
    {
        int index = Array.BinarySearch(_functionStarts, pc);
        index = index >= 0 ? index : ~index - 1;
        return index < 0 ? 0 : _functionStarts[index];
    }

    /// <summary>The expression of a rule of this table's rows; empty for rules that have none.</summary>
    public ReadOnlySpan<byte> ExpressionOf(UnwindRule rule) =>
        rule.Kind is UnwindRuleKind.Expression or UnwindRuleKind.ValueExpression
        && rule.Offset >= 0 && rule.Register >= 0 && rule.Offset + rule.Register <= _length
            ? Data.Slice((int)rule.Offset, rule.Register)
            : default;

    private static unsafe ReadOnlySpan<byte> Memory(nuint address, int length) => new((void*)address, length);

    private static EhFrameTable? FromHeader(byte[]? copy, int length, in EhFrameHeader header)
    {
        var starts = new nuint[header.Count];
        var entries = new int[header.Count];
        int count = 0;
        bool sorted = true;
        for (int i = 0; i < header.Count; i++)
        {
            (nuint function, nuint entry) = header[i];
            if (entry >= header.FrameStart && entry - header.FrameStart < (nuint)length)
            {
                sorted &= count == 0 || function >= starts[count - 1];
                starts[count] = function;
                entries[count++] = (int)(entry - header.FrameStart);
            }
        }

        Array.Resize(ref starts, count);
        Array.Resize(ref entries, count);
        if (!sorted)
        {
            Array.Sort(starts, entries);
        }

        return new EhFrameTable(copy, header.FrameStart, length, starts, entries);
    }

    /// <summary>
    /// Address after the last entry: the section's own end is in no program header, and what follows it in the segment
    /// need not be copied.
    /// </summary>
    private static nuint LastEntryLimit(ElfModule module, in EhFrameHeader header)
    {
        nuint last = 0;
        for (int i = 0; i < header.Count; i++)
        {
            last = Math.Max(last, header[i].Entry);
        }

        Span<byte> length = stackalloc byte[12];
        if (last == 0 || !module.TryRead(last, length))
        {
            return 0;
        }

        var reader = new DwarfReader(length);
        uint size = reader.ReadUInt32();
        return size == uint.MaxValue ? last + 12 + (nuint)reader.ReadUInt64() : last + 4 + size;
    }

    private static bool TryReadFunction(
        ReadOnlySpan<byte> data,
        nuint address,
        EhFrameEntry entry,
        out CommonInformationEntry common,
        out nuint start,
        out nuint limit,
        out int instructions)
    {
        start = limit = 0;
        instructions = 0;
        if (!CommonInformationEntry.TryRead(data, address, entry.CommonEntry, out common))
        {
            return false;
        }

        var reader = new DwarfReader(data[..entry.Limit], entry.Body);
        start = common.CodePointers.Read(ref reader, address, 0);
        nuint length = common.CodePointers.Format.Read(ref reader, address, 0);
        limit = start + length;
        if (common.HasAugmentationLength)
        {
            reader.ReadBlock(out _);
        }

        instructions = reader.Position;

        // A start of zero is that of a function which the linker left out.
        return !reader.Failed && start != 0 && limit > start;
    }
}
