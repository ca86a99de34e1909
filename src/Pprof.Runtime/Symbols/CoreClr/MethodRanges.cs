namespace Pprof.Symbols.CoreClr;

/// <summary>
/// What is known of where methods begin: for each start the highest address that was found to belong to it. What lies
/// between belongs to it too, and never to another method, since code is neither moved nor freed. Safe for concurrent use.
/// </summary>
internal sealed class MethodRanges
{
    private readonly Lock _lock = new();
    private readonly List<nuint> _starts = [];
    private readonly List<nuint> _highest = [];

    /// <summary>The start of the range in which <paramref name="address"/> lies.</summary>
    public bool TryFindStart(nuint address, out nuint start)
    {
        lock (_lock)
        {
            int index = IndexOf(address);
            bool isInside = index >= 0 && address <= _highest[index];
            start = isInside ? _starts[index] : 0;
            return isInside;
        }
    }

    /// <summary>Takes note that the method that begins at <paramref name="start"/> has code at <paramref name="address"/>.</summary>
    public void Add(nuint start, nuint address)
    {
        lock (_lock)
        {
            int index = IndexOf(start);
            if (index >= 0 && _starts[index] == start)
            {
                _highest[index] = Math.Max(_highest[index], address);
            }
            else
            {
                _starts.Insert(index + 1, start);
                _highest.Insert(index + 1, address);
            }
        }
    }

    /// <summary>The index of the last start that is not above <paramref name="address"/>, or -1.</summary>
    private int IndexOf(nuint address)
    {
        int index = _starts.BinarySearch(address);
        return index >= 0 ? index : ~index - 1;
    }
}
