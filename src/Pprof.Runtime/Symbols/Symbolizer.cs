using Pprof.Profiles;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols;

/// <summary>
/// Names the instruction pointers of a profile. One for each profile that is written; caches what it found.
/// Not safe for concurrent use.
/// </summary>
internal abstract class Symbolizer
{
    // A name that is in brackets is one that no tool looks for a file of.
    private static readonly CodeMapping s_pseudoFrames = new(0, CodeAddress.First, 0, "[synthetic]", "");
    private static readonly CodeMapping s_types = TypeFrames.Instance.Range("[synthetic]");
    private static readonly CodeMapping s_named = NamedFrames.Instance.Range("[synthetic]");

    private CodeMapping[]? _byAddress;
    private CodeMapping? _callSites;

    /// <summary>The resolver for the runtime that this process runs on.</summary>
    /// <param name="leavesNative">Whether native code without a name gets none, and not that of its file.</param>
    public static Symbolizer Create(bool leavesNative = false) => new ProcessSymbolizer(ManagedSymbols.Create(), leavesNative);

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

    /// <summary>
    /// What <paramref name="address"/> lies in, or null: an executable region, or, where it only stands for something, what
    /// all of its kind lie in. An engine that takes a region for a file's finds no foreign addresses in it.
    /// </summary>
    public CodeMapping? MappingOf(nuint address)
    {
        if (!CodeAddress.IsPossible(address))
        {
            return s_pseudoFrames;
        }

        if (s_types.Contains(address))
        {
            return s_types;
        }

        if (s_named.Contains(address))
        {
            return s_named;
        }

        // Call sites are the program's own, wherever their code is.
        _callSites ??= ManagedFrames.Instance.Range(Mappings.Count > 0 ? Mappings[0].FileName : "");
        return _callSites.Contains(address) ? _callSites : RegionOf(address);
    }

    private CodeMapping? RegionOf(nuint address)
    {
        if (_byAddress is null)
        {
            List<CodeMapping> mappings = [.. Mappings];
            mappings.Sort(static (one, other) => one.Start.CompareTo(other.Start));
            _byAddress = [.. mappings];
        }

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
