namespace Pprof.Unwinding.Dwarf;

/// <summary>
/// What the descriptions of many functions have in common: a CIE of <c>.eh_frame</c> (LSB Core, "The Common Information
/// Entry Format"; DWARF 5, section 6.4.1).
/// </summary>
internal struct CommonInformationEntry
{
    /// <summary>What advances of the location are multiplied by.</summary>
    public ulong CodeAlignment { get; private set; }

    /// <summary>What offsets from the CFA are multiplied by.</summary>
    public long DataAlignment { get; private set; }

    /// <summary>DWARF number of the register that stands for the return address.</summary>
    public int ReturnAddressRegister { get; private set; }

    /// <summary>How addresses of code are written in the entries of functions.</summary>
    public PointerEncoding CodePointers { get; private set; }

    /// <summary>Whether an entry of a function has augmentation data, and their length in front.</summary>
    public bool HasAugmentationLength { get; private set; }

    /// <summary>Whether the functions are signal trampolines.</summary>
    public bool IsSignalFrame { get; private set; }

    /// <summary>Index of the first of the instructions that make the first row.</summary>
    public int Instructions { get; private set; }

    /// <summary>Index after the last of them.</summary>
    public int Limit { get; private set; }

    /// <summary>Reads the entry at <paramref name="offset"/> of <paramref name="data"/>, which lie at
    /// <paramref name="address"/> in memory.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, nuint address, int offset, out CommonInformationEntry entry)
    {
        entry = default;
        if (!EhFrameEntry.TryRead(data, offset, out EhFrameEntry header) || !header.IsCommon)
        {
            return false;
        }

        var reader = new DwarfReader(data[..header.Limit], header.Body);
        int version = reader.ReadByte();
        if (version is not (1 or 3 or 4))
        {
            return false;
        }

        ReadOnlySpan<byte> augmentation = data[reader.Position..header.Limit];
        int terminator = augmentation.IndexOf((byte)0);
        if (terminator < 0)
        {
            return false;
        }

        augmentation = augmentation[..terminator];
        reader.Skip(terminator + 1);
        if (version == 4)
        {
            // The sizes of an address and of a segment selector.
            reader.Skip(2);
        }

        entry.CodeAlignment = reader.ReadUnsigned();
        entry.DataAlignment = reader.ReadSigned();
        ulong returnAddress = version == 1 ? reader.ReadByte() : reader.ReadUnsigned();
        entry.ReturnAddressRegister = (int)Math.Min(returnAddress, int.MaxValue);
        entry.Instructions = reader.Position;
        entry.Limit = header.Limit;
        return !reader.Failed && (augmentation.IsEmpty || entry.TryReadAugmentation(ref reader, augmentation, address));
    }

    private bool TryReadAugmentation(ref DwarfReader reader, ReadOnlySpan<byte> augmentation, nuint address)
    {
        // Without its length an augmentation that is not known cannot be stepped over.
        if (augmentation[0] != 'z')
        {
            return false;
        }

        HasAugmentationLength = true;
        ulong length = reader.ReadUnsigned();
        int start = reader.Position;
        reader.Skip((long)Math.Min(length, int.MaxValue));
        if (reader.Failed)
        {
            return false;
        }

        Instructions = reader.Position;
        reader.Skip(start - reader.Position);
        foreach (byte letter in augmentation[1..])
        {
            switch ((char)letter)
            {
                case 'R':
                    CodePointers = new PointerEncoding(reader.ReadByte());
                    break;
                case 'P':
                    new PointerEncoding(reader.ReadByte()).Skip(ref reader, address);
                    break;
                case 'L':
                    reader.ReadByte();
                    break;
                case 'S':
                    IsSignalFrame = true;
                    break;
                default:
                    // 'B' and 'G' (AADWARF64: the key of signed return addresses, tagged stack memory) have no data and
                    // change no rule; after an unknown letter nothing can be read, but what was read so far holds.
                    if (letter is not ((byte)'B' or (byte)'G'))
                    {
                        return !reader.Failed;
                    }

                    break;
            }
        }

        return !reader.Failed;
    }
}
