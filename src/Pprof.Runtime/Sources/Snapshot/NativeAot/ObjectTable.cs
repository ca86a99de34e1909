using System.Runtime.CompilerServices;

namespace Pprof.Sources.Snapshot.NativeAot;

/// <summary>
/// What the table tells that an object of a NativeAOT program begins with. It is of the program itself, or was made for the
/// life of the process, so that that of an object of a copy can be read here.
/// </summary>
internal static unsafe class ObjectTable
{
    /// <summary>Where its flags are.</summary>
    public const int FlagsPlace = 0;

    /// <summary>Where the size of an object is, with the word before it.</summary>
    public const int SizePlace = 4;

    /// <summary>Where the table of the base type is.</summary>
    public const int BasePlace = 8;

    // The references stand before the table, as the garbage collector reads them: number of series, then of each the size
    // without that of the object, and the place.
    private const uint HasReferences = 0x01000000;
    private const uint HasElements = 0x80000000;
    private const int WordBytes = 8;
    private const int MaxSeries = 1 << 12;

    /// <summary>The table of an object.</summary>
    public static ulong Of(object value) => Unsafe.As<byte, ulong>(ref At(value, 0));

    /// <summary>What an object has at a place from its beginning.</summary>
    public static ref byte At(object value, int place) => ref Unsafe.Add(ref Unsafe.As<Raw>(value).First, place - WordBytes);

    /// <summary>The bytes from the beginning of an object to behind its last field.</summary>
    public static int SizeOf(ulong table) => (int)*(uint*)(table + SizePlace) - WordBytes;

    /// <summary>The table of the type that a class derives from.</summary>
    public static ulong BaseOf(ulong table) => *(ulong*)(table + BasePlace);

    /// <summary>Where in an object of a class there are references, in the order of their places.</summary>
    public static int[] ReferencesOf(ulong table)
    {
        uint flags = *(uint*)(table + FlagsPlace);
        if ((flags & HasReferences) == 0 || (flags & HasElements) != 0 || *(long*)(table - WordBytes) is not (> 0 and < MaxSeries and long count))
        {
            return [];
        }

        List<int> places = [];
        long size = *(uint*)(table + SizePlace);
        long* series = (long*)(table - (3 * WordBytes));
        for (long i = 0; i < count; i++, series -= 2)
        {
            for (long place = series[1]; place < series[1] + series[0] + size; place += WordBytes)
            {
                places.Add((int)place);
            }
        }

        places.Sort();
        return [.. places];
    }

    private sealed class Raw
    {
        public byte First;
    }
}
