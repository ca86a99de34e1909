using Pprof.Process;

namespace Pprof.Unwinding.Dwarf;

/// <summary>
/// How a pointer in <c>.eh_frame</c> is written: Linux Standard Base Core, "DWARF Extensions", pointer encodings. The low
/// four bits are the format, the next three what it is relative to.
/// </summary>
internal readonly record struct PointerEncoding(byte Value)
{
    private const byte OmitValue = 0xff;
    private const byte IndirectFlag = 0x80;

    /// <summary>DW_EH_PE_datarel | DW_EH_PE_sdata4: four bytes, relative to the header.</summary>
    public static PointerEncoding DataRelativeSigned4 => new(0x3b);

    /// <summary>Whether there is no value.</summary>
    public bool IsOmitted => Value == OmitValue;

    /// <summary>
    /// The size in bytes of a value, or 0 where it varies or is unknown.
    /// </summary>
    public int Size => (Value & 0x0f) switch
    {
        0x00 or 0x04 or 0x0c => 8,
        0x03 or 0x0b => 4,
        0x02 or 0x0a => 2,
        _ => 0,
    };

    /// <summary>The same format, relative to nothing: that of the length of a range.</summary>
    public PointerEncoding Format => new((byte)(Value & 0x0f));

    /// <summary>
    /// Reads a pointer. <paramref name="dataAddress"/> is where the reader's first byte lies in memory,
    /// <paramref name="dataBase"/> what DW_EH_PE_datarel is relative to. An encoding that is not understood makes the
    /// reader fail.
    /// </summary>
    public nuint Read(ref DwarfReader reader, nuint dataAddress, nuint dataBase)
    {
        if (IsOmitted)
        {
            return 0;
        }

        int relation = Value & 0x70;
        if (relation == 0x50)
        {
            // DW_EH_PE_aligned: an address at the next multiple of its size.
            nuint unaligned = (dataAddress + (nuint)reader.Position) & 7;
            reader.Skip(unaligned == 0 ? 0 : 8 - (long)unaligned);
            return (nuint)reader.ReadUInt64();
        }

        nuint position = dataAddress + (nuint)reader.Position;
        nuint value = ReadFormat(ref reader);

        // Zero stands for no pointer whatever it would be relative to.
        if (value == 0)
        {
            return 0;
        }

        switch (relation)
        {
            case 0x00:
                break;
            case 0x10:
                value += position;
                break;
            case 0x30:
                value += dataBase;
                break;
            default:
                reader.Fail();
                return 0;
        }

        if ((Value & IndirectFlag) != 0 && !ProcessMemory.TryRead(value, out value))
        {
            reader.Fail();
        }

        return value;
    }

    /// <summary>Moves over a value without looking at it.</summary>
    public void Skip(ref DwarfReader reader, nuint dataAddress)
    {
        if ((Value & 0x70) == 0x50)
        {
            Read(ref reader, dataAddress, 0);
        }
        else if (!IsOmitted)
        {
            ReadFormat(ref reader);
        }
    }

    private nuint ReadFormat(ref DwarfReader reader)
    {
        switch (Value & 0x0f)
        {
            case 0x00 or 0x04 or 0x0c:
                return (nuint)reader.ReadUInt64();
            case 0x01:
                return (nuint)reader.ReadUnsigned();
            case 0x02:
                return reader.ReadUInt16();
            case 0x03:
                return reader.ReadUInt32();
            case 0x09:
                return (nuint)reader.ReadSigned();
            case 0x0a:
                return (nuint)(nint)(short)reader.ReadUInt16();
            case 0x0b:
                return (nuint)(nint)(int)reader.ReadUInt32();
            default:
                reader.Fail();
                return 0;
        }
    }
}
