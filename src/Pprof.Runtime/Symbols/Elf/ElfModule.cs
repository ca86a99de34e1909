using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Symbols.Elf;

/// <summary>
/// A program, a library or the vdso as it is loaded into this process. What is read of it is read from memory, so that a
/// file that was replaced since does no harm; names come from the file on disk where that is still the same one. Safe for
/// concurrent use.
/// </summary>
internal sealed class ElfModule
{
    private const ulong MaxVdsoSize = 1 << 20;

    // Symbol tables by build id. They can have some megabytes: kept from one profile to the next, but not for good.
    private static readonly WeakReference<ConcurrentDictionary<string, ElfSymbolTable>> s_knownSymbols = new(new());

    private readonly ElfHeader _header;
    private readonly ElfProgramHeader[] _programHeaders;
    private ElfSymbolTable? _symbols;

    private ElfModule(ProcessMapRegion region, ElfHeader header, ElfProgramHeader[] programHeaders)
    {
        _header = header;
        _programHeaders = programHeaders;
        Base = region.Start;
        Inode = region.Inode;
        Path = region.Path;

        ulong first = ulong.MaxValue;
        ulong last = 0;
        foreach (ElfProgramHeader segment in programHeaders)
        {
            if (segment.Type == ElfConstants.SegmentLoad)
            {
                first = Math.Min(first, segment.VirtualAddress);
                last = Math.Max(last, segment.VirtualAddress + segment.MemorySize);

                // The region holds the start of the file, so the segment that does says where addresses begin.
                if (segment.Offset == 0)
                {
                    LoadBias = Base - (nuint)segment.VirtualAddress;
                }
            }
        }

        Start = LoadBias + (nuint)first;
        Limit = LoadBias + (nuint)last;
        BuildId = ReadBuildId();
    }

    /// <summary>Where the ELF header lies.</summary>
    public nuint Base { get; }

    /// <summary>What is added to an address in the file to get the address in memory.</summary>
    public nuint LoadBias { get; }

    /// <summary>First address of the first segment.</summary>
    public nuint Start { get; }

    /// <summary>Address after the last segment.</summary>
    public nuint Limit { get; }

    /// <summary>Path of the file, or <c>[vdso]</c>.</summary>
    public string Path { get; }

    /// <summary>Whether it is the program of the process: it is never unloaded. Not known where its file was replaced.</summary>
    public bool IsProgram => Path == Environment.ProcessPath;

    /// <summary>Inode of the file, or 0.</summary>
    public ulong Inode { get; }

    /// <summary>GNU build id in lower-case hexadecimal, or empty.</summary>
    public string BuildId { get; }

    /// <summary>
    /// The module whose file begins at <paramref name="region"/>; null where the region does not begin with an ELF
    /// header.
    /// </summary>
    public static ElfModule? Load(ProcessMapRegion region)
    {
        if (region.Offset != 0 || !region.IsReadable)
        {
            return null;
        }

        ElfHeader header = default;
        if (!ProcessMemory.TryRead(region.Start, MemoryMarshal.AsBytes(new Span<ElfHeader>(ref header)))
            || !header.IsSupported
            || header.ProgramHeaderCount == 0)
        {
            return null;
        }

        var programHeaders = new ElfProgramHeader[header.ProgramHeaderCount];
        nuint address = region.Start + (nuint)header.ProgramHeaderOffset;
        if (!ProcessMemory.TryRead(address, MemoryMarshal.AsBytes(programHeaders.AsSpan()))
            || !Array.Exists(programHeaders, s => s is { Type: ElfConstants.SegmentLoad, Offset: 0, MemorySize: > 0 }))
        {
            return null;
        }

        return new ElfModule(region, header, programHeaders);
    }

    /// <summary>Whether <paramref name="address"/> lies between the first and the last segment.</summary>
    public bool Contains(nuint address) => address >= Start && address < Limit;

    /// <summary>The first program header of <paramref name="type"/>, or null.</summary>
    public ElfProgramHeader? FindSegment(uint type)
    {
        foreach (ElfProgramHeader segment in _programHeaders)
        {
            if (segment.Type == type)
            {
                return segment;
            }
        }

        return null;
    }

    /// <summary>
    /// The address after the last initialized byte of the loaded segment in which <paramref name="address"/> lies; 0
    /// where it lies in none.
    /// </summary>
    public nuint SegmentLimit(nuint address)
    {
        ulong virtualAddress = address - LoadBias;
        foreach (ElfProgramHeader segment in _programHeaders)
        {
            if (segment.Type == ElfConstants.SegmentLoad
                && virtualAddress >= segment.VirtualAddress
                && virtualAddress - segment.VirtualAddress < segment.FileSize)
            {
                return LoadBias + (nuint)(segment.VirtualAddress + segment.FileSize);
            }
        }

        return 0;
    }

    /// <summary>Fills <paramref name="destination"/> from the loaded module; false where not all of it could be read.</summary>
    public bool TryRead(nuint address, Span<byte> destination) => ProcessMemory.TryRead(address, destination);

    /// <summary>
    /// The function that covers <paramref name="address"/>, as the symbol table writes its name; null where the module has
    /// no symbol for it.
    /// </summary>
    public string? FunctionAt(nuint address)
    {
        if (!Contains(address))
        {
            return null;
        }

        _symbols ??= FindSymbols();
        return _symbols.NameAt(address - LoadBias);
    }

    private string ReadBuildId()
    {
        foreach (ElfProgramHeader segment in _programHeaders)
        {
            if (segment.Type == ElfConstants.SegmentNote && segment.FileSize <= 64 * 1024)
            {
                var notes = new byte[segment.FileSize];
                if (TryRead(LoadBias + (nuint)segment.VirtualAddress, notes)
                    && ElfNotes.FindBuildId(notes, segment.Alignment) is { } id)
                {
                    return id;
                }
            }
        }

        return "";
    }

    private ElfSymbolTable FindSymbols()
    {
        if (BuildId.Length == 0)
        {
            return ReadSymbols();
        }

        if (!s_knownSymbols.TryGetTarget(out ConcurrentDictionary<string, ElfSymbolTable>? known))
        {
            known = new ConcurrentDictionary<string, ElfSymbolTable>();
            s_knownSymbols.SetTarget(known);
        }

        return known.GetOrAdd(BuildId, static (_, module) => module.ReadSymbols(), this);
    }

    private ElfSymbolTable ReadSymbols()
    {
        ElfSymbolTable best = ElfSymbolTable.Empty;
        foreach (ElfFile file in OpenSymbolFiles())
        {
            using (file)
            {
                ElfSymbolTable symbols = ElfSymbolTable.Read(file);
                if (symbols.Count > best.Count)
                {
                    best = symbols;
                }
            }
        }

        return best;
    }

    /// <summary>The file itself and those that hold the symbols that were stripped from it.</summary>
    private IEnumerable<ElfFile> OpenSymbolFiles()
    {
        if (Path.StartsWith('['))
        {
            // The vdso is in memory only, section headers and all; they come last and belong to no segment.
            ulong end = _header.SectionHeaderOffset + ((ulong)_header.SectionHeaderCount * ElfConstants.SectionHeaderSize);
            var bytes = new byte[Math.Min(end, MaxVdsoSize)];
            if (TryRead(Base, bytes) && ElfFile.FromBytes(bytes) is { } image)
            {
                yield return image;
            }

            yield break;
        }

        if (ElfFile.Open(Path) is { } file)
        {
            if (IsSameFile(file))
            {
                yield return file;
            }
            else
            {
                file.Dispose();
            }
        }

        if (BuildId.Length <= 2)
        {
            yield break;
        }

        // Beside the module is where the .NET SDK and the runtime's symbol packages put them.
        foreach (string path in (string[])[$"{Path}.dbg", $"/usr/lib/debug/.build-id/{BuildId[..2]}/{BuildId[2..]}.debug"])
        {
            if (ElfFile.Open(path) is { } symbols)
            {
                if (symbols.ReadBuildId() == BuildId)
                {
                    yield return symbols;
                }
                else
                {
                    symbols.Dispose();
                }
            }
        }
    }

    private bool IsSameFile(ElfFile file)
    {
        if (BuildId.Length > 0)
        {
            string id = file.ReadBuildId();
            if (id.Length > 0)
            {
                return id == BuildId;
            }
        }

        // Where there is no build id: the header holds the sizes and places of the file's tables.
        ElfHeader loaded = _header;
        ElfHeader onDisk = file.Header;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<ElfHeader>(ref loaded))
            .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<ElfHeader>(ref onDisk)));
    }
}
