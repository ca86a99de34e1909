namespace Pprof.Symbols;

/// <summary>
/// Names of addresses whose code stays where it is for as long as the process lives, from one profile to the next.
/// Bounded. Safe for concurrent use.
/// </summary>
internal sealed class FrameSymbolCache(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<nuint, FrameSymbol> _symbols = [];

    /// <summary>What was remembered of <paramref name="address"/>, or null.</summary>
    public FrameSymbol? Find(nuint address)
    {
        lock (_lock)
        {
            return _symbols.GetValueOrDefault(address);
        }
    }

    /// <summary>Remembers <paramref name="symbol"/>; when it is full, forgets all others.</summary>
    public void Add(nuint address, FrameSymbol symbol)
    {
        lock (_lock)
        {
            if (_symbols.Count == capacity)
            {
                _symbols.Clear();
            }

            _symbols[address] = symbol;
        }
    }
}
