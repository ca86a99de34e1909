using System.Runtime.InteropServices;

namespace Pprof.Symbols.Managed;

/// <summary>
/// The names of methods whose code does not stay. Some programs number them and make them without end, while a name keeps its
/// address for the life of the process. So of those that differ in their numbers alone some have names of their own, and all
/// others one, in which each number is a <c>#</c>. Safe for concurrent use.
/// </summary>
/// <param name="limit">The names that there can be.</param>
/// <param name="ofShape">Those of them that differ in numbers alone.</param>
internal sealed class PassingNames(int limit, int ofShape)
{
    private const char Number = '#';

    // Of a shape whose later names are one.
    private const int Shared = int.MaxValue;

    private static readonly FrameSymbol s_others = new("[methods made at run time]");

    private readonly Lock _gate = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _shapes = new(StringComparer.Ordinal);
    private int _shared;

    /// <summary>Those of the process.</summary>
    public static PassingNames Instance { get; } = new(1 << 14, 100);

    /// <summary>How many names stand for several methods each.</summary>
    public int SharedNames => Volatile.Read(ref _shared);

    /// <summary>What stands in a profile for a method with this symbol.</summary>
    public FrameSymbol Of(FrameSymbol symbol)
    {
        string name = TypeName.Cut(symbol.Name);
        lock (_gate)
        {
            if (_names.Contains(name))
            {
                return symbol with { Name = name };
            }

            string shape = ShapeOf(name);
            if (_names.Count >= limit && !_shapes.ContainsKey(shape))
            {
                return s_others;
            }

            ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_shapes, shape, out _);
            if (count < ofShape && _names.Count < limit)
            {
                count++;
                _names.Add(name);
                return symbol with { Name = name };
            }

            if (count != Shared)
            {
                count = Shared;
                Volatile.Write(ref _shared, _shared + 1);
            }

            return new FrameSymbol(shape);
        }
    }

    private static string ShapeOf(string name)
    {
        Span<char> shape = name.Length <= 256 ? stackalloc char[name.Length] : new char[name.Length];
        int length = 0;
        foreach (char c in name)
        {
            if (!char.IsAsciiDigit(c))
            {
                shape[length++] = c;
            }
            else if (length == 0 || shape[length - 1] != Number)
            {
                shape[length++] = Number;
            }
        }

        return shape[..length].ToString();
    }
}
