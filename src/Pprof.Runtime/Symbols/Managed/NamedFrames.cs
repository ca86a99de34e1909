using System.Collections.Concurrent;

namespace Pprof.Symbols.Managed;

/// <summary>
/// Gives things that have a name and no code addresses, so that they can stand in a stack: the holder of an object, an
/// asynchronous method that is suspended. The addresses lie below those of <see cref="TypeFrames"/>, where no operating
/// system lets a process have memory. A name keeps its address for the life of the process, so that two profiles can be
/// compared.
/// </summary>
/// <param name="limit">How many have an address of their own. All others share one.</param>
internal sealed class NamedFrames(int limit)
{
    private const int Spacing = 16;

    // Four megabytes below the end.
    private static nuint Top => nuint.MaxValue - (4 << 20) + 1;

    private readonly ConcurrentDictionary<FrameSymbol, nuint> _addresses = new();
    private readonly FrameSymbol?[] _symbols = new FrameSymbol?[limit];
    private int _count = 1;

    /// <summary>Those of the process.</summary>
    public static NamedFrames Instance { get; } = new(1 << 16);

    /// <summary>The addresses that things can have, as a region of the file <paramref name="fileName"/>.</summary>
    public CodeMapping Range(string fileName) => new(Top - (nuint)((limit - 1) * Spacing), Top + Spacing, 0, fileName, "");

    /// <summary>What stands at <paramref name="address"/>, or null where it is an address of another kind.</summary>
    public FrameSymbol? Resolve(nuint address)
    {
        nuint distance = Top - address;
        if (distance >= (nuint)(limit * Spacing) || distance % Spacing != 0)
        {
            return null;
        }

        return distance == 0 ? new FrameSymbol("[others]") : Volatile.Read(ref _symbols[(int)(distance / Spacing)]);
    }

    /// <summary>Whether what is called so has an address.</summary>
    public bool Has(FrameSymbol symbol) => _addresses.ContainsKey(symbol);

    /// <summary>The address of what is called so.</summary>
    public nuint AddressOf(FrameSymbol symbol)
    {
        if (_addresses.TryGetValue(symbol, out nuint address))
        {
            return address;
        }

        int index = Interlocked.Increment(ref _count) - 1;
        if (index >= limit)
        {
            Interlocked.Decrement(ref _count);
            return Top;
        }

        Volatile.Write(ref _symbols[index], symbol);

        // Where another thread was faster, its address is the one, and the place is lost.
        return _addresses.GetOrAdd(symbol, Top - (nuint)(index * Spacing));
    }
}
