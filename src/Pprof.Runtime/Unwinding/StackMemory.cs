namespace Pprof.Unwinding;

/// <summary>
/// The stack of a thread as it was at one moment: its top, copied whole, and above that the links of the frame-pointer
/// chain.
/// </summary>
/// <param name="start">The address of the first word: the stack pointer, of which the stack lies upwards.</param>
/// <param name="words">What lies from there on.</param>
/// <param name="chain">
/// Pairs of an address and the return address next to it, lowest first. At each of the addresses lies the address of the
/// pair after it. Empty where <paramref name="words"/> are all that is known.
/// </param>
/// <param name="isCut">Whether the stack goes on above <paramref name="words"/>.</param>
/// <param name="isChainCut">Whether the chain goes on above <paramref name="chain"/>.</param>
internal readonly ref struct StackMemory(
    nuint start, ReadOnlySpan<nuint> words, ReadOnlySpan<nuint> chain = default, bool isCut = false, bool isChainCut = false)
{
    private readonly ReadOnlySpan<nuint> _words = words;
    private readonly ReadOnlySpan<nuint> _chain = chain;

    /// <summary>
    /// Whether the frame at <paramref name="framePointer"/> is missing because it lies above what was copied. The last pair of
    /// a chain that was not cut is where a thread starts, and nothing is missing.
    /// </summary>
    public bool Lacks(nuint framePointer) =>
        GoesOnAt(framePointer)
        && (isChainCut || _chain.IsEmpty || framePointer != _chain[^2]);

    /// <summary>Whether <paramref name="address"/> lies on the part of the stack of which only the chain was copied.</summary>
    public bool GoesOnAt(nuint address) => isCut && address >= start + ((nuint)_words.Length * 8);

    /// <summary>The word at <paramref name="address"/>; false where it was not copied.</summary>
    public bool TryRead(nuint address, out nuint word)
    {
        nuint offset = address - start;
        if ((offset & 7) == 0 && offset / 8 < (nuint)_words.Length)
        {
            word = _words[(int)(offset / 8)];
            return true;
        }

        int low = 0;
        int high = (_chain.Length / 2) - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            nuint frame = _chain[2 * middle];
            if (address - frame is 0 or 8)
            {
                int at = (2 * middle) + (address == frame ? 2 : 1);
                word = at < _chain.Length ? _chain[at] : 0;
                return at < _chain.Length;
            }

            (low, high) = address < frame ? (low, middle - 1) : (middle + 1, high);
        }

        word = 0;
        return false;
    }
}
