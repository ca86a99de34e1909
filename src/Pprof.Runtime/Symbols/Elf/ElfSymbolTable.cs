namespace Pprof.Symbols.Elf;

/// <summary>The functions that an ELF file names, sorted by address.</summary>
internal sealed class ElfSymbolTable
{
    /// <summary>A table without functions.</summary>
    public static readonly ElfSymbolTable Empty = new([], []);

    private readonly Function[] _functions;
    private readonly byte[] _names;

    private ElfSymbolTable(Function[] functions, byte[] names)
    {
        _functions = functions;
        _names = names;
    }

    /// <summary>The number of functions; where one has several names it counts once.</summary>
    public int Count => _functions.Length;

    /// <summary>
    /// The functions of <paramref name="file"/>: those of its full symbol table, or, where that was stripped, those that
    /// it exports or imports by name.
    /// </summary>
    public static ElfSymbolTable Read(ElfFile file)
    {
        foreach (uint type in (ReadOnlySpan<uint>)[ElfConstants.SectionSymbolTable, ElfConstants.SectionDynamicSymbols])
        {
            foreach (ElfSectionHeader section in file.Sections)
            {
                if (section.Type == type && section.Link < file.Sections.Count)
                {
                    byte[] names = file.ReadSection<byte>(file.Sections[(int)section.Link]);
                    Function[] functions = FunctionsOf(file, file.ReadSection<ElfSymbol>(section), names);
                    if (functions.Length > 0)
                    {
                        return new ElfSymbolTable(functions, names);
                    }
                }
            }
        }

        return Empty;
    }

    /// <summary>The raw name of the function that covers <paramref name="virtualAddress"/>, or null.</summary>
    public string? NameAt(ulong virtualAddress)
    {
        int low = 0;
        int high = _functions.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_functions[middle].Start <= virtualAddress)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        // A function may lie inside another one (an assembler label with a size); the innermost comes last.
        for (int i = low - 1; i >= 0 && _functions[i].HighestLimit > virtualAddress; i--)
        {
            if (_functions[i].Limit > virtualAddress)
            {
                return NameOf(_functions[i].Name);
            }
        }

        return null;
    }

    private static Function[] FunctionsOf(ElfFile file, ElfSymbol[] symbols, byte[] names)
    {
        var functions = new List<Function>(symbols.Length);
        foreach (ElfSymbol symbol in symbols)
        {
            if (symbol.Type is ElfConstants.SymbolFunction or ElfConstants.SymbolGnuIndirectFunction
                && symbol.SectionIndex is not ElfConstants.SectionIndexUndefined
                && symbol.SectionIndex < ElfConstants.SectionIndexReserved
                && symbol.SectionIndex < file.Sections.Count
                && symbol.Name < names.Length
                && names[symbol.Name] != 0)
            {
                ElfSectionHeader section = file.Sections[symbol.SectionIndex];
                ulong sectionLimit = section.Address + section.Size;
                ulong limit = symbol.Size == 0 ? sectionLimit : symbol.Value + symbol.Size;
                if (limit > symbol.Value)
                {
                    functions.Add(new Function(symbol.Value, limit, symbol.Size != 0, symbol.Name, Rank(symbol, names)));
                }
            }
        }

        functions.Sort();
        return Merge(functions);
    }

    /// <summary>One function for each start, the best name first, and the limits of those without a size.</summary>
    private static Function[] Merge(List<Function> sorted)
    {
        var merged = new List<Function>(sorted.Count);
        foreach (Function function in sorted)
        {
            if (merged.Count == 0 || merged[^1].Start != function.Start)
            {
                merged.Add(function);
            }
        }

        ulong highest = 0;
        for (int i = 0; i < merged.Count; i++)
        {
            Function function = merged[i];
            if (!function.HasSize && i + 1 < merged.Count)
            {
                function = function with { Limit = Math.Min(function.Limit, merged[i + 1].Start) };
            }

            highest = Math.Max(highest, function.Limit);
            merged[i] = function with { HighestLimit = highest };
        }

        return [.. merged];
    }

    /// <summary>Which of several names of one function to show: the public one without underscores in front.</summary>
    private static int Rank(ElfSymbol symbol, byte[] names)
    {
        int underscores = 0;
        while (names[symbol.Name + underscores] == '_')
        {
            underscores++;
        }

        // glibc's names for calls within itself.
        if (names.AsSpan((int)symbol.Name).StartsWith("__GI_"u8))
        {
            underscores++;
        }

        // _Z begins every C++ name.
        if (names[symbol.Name + underscores] == 'Z')
        {
            underscores--;
        }

        int binding = symbol.Binding switch
        {
            ElfConstants.BindingGlobal => 0,
            ElfConstants.BindingWeak => 1,
            _ => 2,
        };
        return (underscores * 4) + binding;
    }

    private string NameOf(uint start)
    {
        ReadOnlySpan<byte> name = _names.AsSpan((int)start);
        int end = name.IndexOf((byte)0);
        name = end < 0 ? name : name[..end];

        // name@VERSION and name@@VERSION: a version of the symbol, not part of the name.
        int version = name.IndexOf((byte)'@');
        return System.Text.Encoding.UTF8.GetString(version > 0 ? name[..version] : name);
    }

    private readonly record struct Function(ulong Start, ulong Limit, bool HasSize, uint Name, int Rank)
        : IComparable<Function>
    {
        /// <summary>The highest limit of this function and all before it.</summary>
        public ulong HighestLimit { get; init; }

        public int CompareTo(Function other)
        {
            int order = Start.CompareTo(other.Start);
            order = order != 0 ? order : other.HasSize.CompareTo(HasSize);
            order = order != 0 ? order : Rank.CompareTo(other.Rank);
            return order != 0 ? order : Name.CompareTo(other.Name);
        }
    }
}
