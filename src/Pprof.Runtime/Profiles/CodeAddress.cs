namespace Pprof.Profiles;

/// <summary>Where code can be.</summary>
internal static class CodeAddress
{
    /// <summary>
    /// The end of the page at zero. No system lets a process have memory in it; the frames that stand for something without
    /// an address are there (<see cref="PseudoFrame"/>).
    /// </summary>
    public const int First = 4096;

    /// <summary>Whether code can be at <paramref name="address"/>.</summary>
    public static bool IsPossible(nuint address) => address >= First;
}
