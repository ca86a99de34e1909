namespace Pprof.Profiles;

/// <summary>
/// The one convention of all stacks: a caller's frame is an address inside its call. A return address lies behind the
/// call, perhaps in the next line, or in another function.
/// </summary>
internal static class ReturnAddress
{
    /// <summary>The frame of the call that returns to <paramref name="address"/>.</summary>
    public static nuint ToFrame(nuint address) => address - 1;

    /// <summary>The address to which the call of <paramref name="frame"/> returns.</summary>
    public static nuint OfFrame(nuint frame) => frame + 1;
}
