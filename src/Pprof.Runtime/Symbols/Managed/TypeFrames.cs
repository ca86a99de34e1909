using System.Collections.Concurrent;

namespace Pprof.Symbols.Managed;

/// <summary>
/// Gives types addresses, so that the type of an object can stand in a stack as the frame that was allocated. The addresses
/// lie below those of <see cref="ManagedFrames"/>, where no operating system lets a process have memory. A type keeps its
/// address for the life of the process; only its name is kept, so that it can be unloaded.
/// </summary>
/// <param name="limit">How many types have an address of their own. All others share one.</param>
internal sealed class TypeFrames(int limit)
{
    private const int Spacing = 16;

    // Two megabytes below the end.
    private static nuint Top => nuint.MaxValue - (2 << 20) + 1;

    private readonly ConcurrentDictionary<string, nuint> _addresses = new(StringComparer.Ordinal);
    private readonly FrameSymbol?[] _symbols = new FrameSymbol?[limit];
    private int _count = 1;

    /// <summary>Those of the process.</summary>
    public static TypeFrames Instance { get; } = new(1 << 13);

    /// <summary>The addresses that types can have, as a region of the file <paramref name="fileName"/>.</summary>
    public CodeMapping Range(string fileName) => new(Top - (nuint)((limit - 1) * Spacing), Top + Spacing, 0, fileName, "");

    /// <summary>The type at <paramref name="address"/>, or null where it is an address of another kind.</summary>
    public FrameSymbol? Resolve(nuint address)
    {
        nuint distance = Top - address;
        if (distance >= (nuint)(limit * Spacing) || distance % Spacing != 0)
        {
            return null;
        }

        return distance == 0 ? new FrameSymbol("[other types]") : Volatile.Read(ref _symbols[(int)(distance / Spacing)]);
    }

    /// <summary>The address of a type.</summary>
    /// <param name="name">Its name, as the runtime writes it. Those that differ only at the end of very long names are one.</param>
    public nuint AddressOf(string name)
    {
        string kept = TypeName.Cut(name);
        if (_addresses.TryGetValue(kept, out nuint address))
        {
            return address;
        }

        int index = Interlocked.Increment(ref _count) - 1;
        if (index >= limit)
        {
            Interlocked.Decrement(ref _count);
            return Top;
        }

        Volatile.Write(ref _symbols[index], TypeName.SymbolOf(name));

        // Where another thread was faster, its address is the one, and the place is lost.
        return _addresses.GetOrAdd(kept, Top - (nuint)(index * Spacing));
    }
}
