using Pprof.Symbols.Managed;

namespace Pprof.Symbols;

/// <summary>
/// Names the instruction pointers of a profile. One for each profile that is written; caches what it found.
/// Not safe for concurrent use.
/// </summary>
internal abstract class Symbolizer
{
    private CodeMapping[]? _byAddress;

    /// <summary>The resolver for the runtime that this process runs on.</summary>
    public static Symbolizer Create() => new ProcessSymbolizer(ManagedSymbols.Create());

    /// <summary>The executable regions of the process; the first is the main program.</summary>
    public abstract IReadOnlyList<CodeMapping> Mappings { get; }

    /// <summary>
    /// The function at <paramref name="address"/>, which lies inside the instruction that was executing;
    /// null where nothing is known.
    /// </summary>
    public abstract FrameSymbol? Resolve(nuint address);

    /// <summary>
    /// The first instruction of the function that holds <paramref name="address"/>; null where it is not known.
    /// </summary>
    public virtual nuint? FunctionStart(nuint address) => null;

    /// <summary>The executable region that <paramref name="address"/> lies in, or null.</summary>
    public CodeMapping? MappingOf(nuint address)
    {
        _byAddress ??= [.. Mappings.OrderBy(static mapping => mapping.Start)];
        int low = 0;
        int high = _byAddress.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            CodeMapping mapping = _byAddress[middle];
            if (address < mapping.Start)
            {
                high = middle - 1;
            }
            else if (address >= mapping.Limit)
            {
                low = middle + 1;
            }
            else
            {
                return mapping;
            }
        }

        return null;
    }
}
