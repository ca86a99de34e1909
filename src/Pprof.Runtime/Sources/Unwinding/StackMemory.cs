namespace Pprof.Sources.Unwinding;

/// <summary>
/// The stack of a sampled thread as it was: its top, copied whole, and above that the links of the frame-pointer chain.
/// </summary>
internal readonly ref struct StackMemory(nuint start, ReadOnlySpan<nuint> words, ReadOnlySpan<nuint> chain)
{
    private readonly ReadOnlySpan<nuint> _words = words;
    private readonly ReadOnlySpan<nuint> _chain = chain;

    /// <summary>The word at <paramref name="address"/>; false where it was not copied.</summary>
    public bool TryRead(nuint address, out nuint word)
    {
        nuint offset = address - start;
        if ((offset & 7) == 0 && offset / 8 < (nuint)_words.Length)
        {
            word = _words[(int)(offset / 8)];
            return true;
        }

        // Pairs of (frame pointer, return address), lowest first: the frame at p holds the next p, then the return address.
        for (int i = 0; i + 1 < _chain.Length; i += 2)
        {
            if (_chain[i] == address && i + 2 < _chain.Length)
            {
                word = _chain[i + 2];
                return true;
            }

            if (_chain[i] + 8 == address)
            {
                word = _chain[i + 1];
                return true;
            }
        }

        word = 0;
        return false;
    }
}
