using System.Runtime.InteropServices;

namespace Pprof.Symbols.Elf;

// The 64-bit little-endian object file format: System V ABI, "Object Files" and "Program Loading and Dynamic Linking"
// (elf(5)); names are those of <elf.h>, in words.

/// <summary>Elf64_Ehdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ElfHeader
{
    public readonly uint Magic;
    public readonly byte Class;
    public readonly byte DataEncoding;
    public readonly byte IdentVersion;
    public readonly byte OsAbi;
    public readonly ulong Padding;
    public readonly ushort Type;
    public readonly ushort Machine;
    public readonly uint Version;
    public readonly ulong Entry;
    public readonly ulong ProgramHeaderOffset;
    public readonly ulong SectionHeaderOffset;
    public readonly uint Flags;
    public readonly ushort HeaderSize;
    public readonly ushort ProgramHeaderSize;
    public readonly ushort ProgramHeaderCount;
    public readonly ushort SectionHeaderSize;
    public readonly ushort SectionHeaderCount;
    public readonly ushort SectionNameIndex;

    /// <summary>Whether this is the header of a 64-bit little-endian file whose tables have the known entry sizes.</summary>
    public bool IsSupported =>
        Magic == ElfConstants.Magic
        && Class == ElfConstants.Class64
        && DataEncoding == ElfConstants.LittleEndian
        && (ProgramHeaderCount == 0 || ProgramHeaderSize == ElfConstants.ProgramHeaderSize)
        && (SectionHeaderCount == 0 || SectionHeaderSize == ElfConstants.SectionHeaderSize);
}

/// <summary>Elf64_Phdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ElfProgramHeader
{
    public readonly uint Type;
    public readonly uint Flags;
    public readonly ulong Offset;
    public readonly ulong VirtualAddress;
    public readonly ulong PhysicalAddress;
    public readonly ulong FileSize;
    public readonly ulong MemorySize;
    public readonly ulong Alignment;
}

/// <summary>Elf64_Shdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ElfSectionHeader
{
    public readonly uint Name;
    public readonly uint Type;
    public readonly ulong Flags;
    public readonly ulong Address;
    public readonly ulong Offset;
    public readonly ulong Size;
    public readonly uint Link;
    public readonly uint Info;
    public readonly ulong AddressAlignment;
    public readonly ulong EntrySize;
}

/// <summary>Elf64_Sym.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ElfSymbol
{
    public readonly uint Name;
    public readonly byte Info;
    public readonly byte Other;
    public readonly ushort SectionIndex;
    public readonly ulong Value;
    public readonly ulong Size;

    /// <summary>ELF64_ST_TYPE.</summary>
    public int Type => Info & 0xf;

    /// <summary>ELF64_ST_BIND.</summary>
    public int Binding => Info >> 4;
}

/// <summary>Elf64_Nhdr; the name and the descriptor follow.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ElfNoteHeader
{
    public readonly uint NameSize;
    public readonly uint DescriptorSize;
    public readonly uint Type;
}

/// <summary>Values of the fields above.</summary>
internal static class ElfConstants
{
    public const uint Magic = 0x464c457f;
    public const byte Class64 = 2;
    public const byte LittleEndian = 1;
    public const int ProgramHeaderSize = 56;
    public const int SectionHeaderSize = 64;

    public const uint SegmentLoad = 1;
    public const uint SegmentNote = 4;
    public const uint SegmentGnuEhFrame = 0x6474e550;

    public const uint SectionSymbolTable = 2;
    public const uint SectionNote = 7;
    public const uint SectionNoBits = 8;
    public const uint SectionDynamicSymbols = 11;
    public const ushort SectionIndexUndefined = 0;
    public const ushort SectionIndexReserved = 0xff00;

    public const int SymbolFunction = 2;
    public const int SymbolGnuIndirectFunction = 10;
    public const int BindingGlobal = 1;
    public const int BindingWeak = 2;

    public const uint NoteGnuBuildId = 3;
}
