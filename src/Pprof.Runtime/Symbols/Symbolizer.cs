namespace Pprof.Symbols;

/// <summary>
/// Names the instruction pointers of a profile. One for each profile that is written; caches what it found.
/// Not safe for concurrent use.
/// </summary>
internal abstract class Symbolizer
{
    /// <summary>The resolver for the runtime that this process runs on.</summary>
    public static Symbolizer Create() => new ProcessSymbolizer(ManagedSymbols.Create(), ProcessMap.Read());

    /// <summary>The executable regions of the process; the first is the main program.</summary>
    public abstract IReadOnlyList<CodeMapping> Mappings { get; }

    /// <summary>
    /// The function at <paramref name="address"/>, which lies inside the instruction that was executing;
    /// null where nothing is known.
    /// </summary>
    public abstract FrameSymbol? Resolve(nuint address);
}
