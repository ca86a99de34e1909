using System.Runtime.CompilerServices;

namespace Pprof.Sources.Snapshot.NativeAot;

/// <summary>
/// Finds in an object of a NativeAOT program, of which it is known what it has, where it has it: fields have no names there.
/// </summary>
internal static class KnownObject
{
    /// <summary>There is no such place, or more than one: less than 0.</summary>
    public const int NotFound = -1;

    /// <summary>The place of the only reference that is the known one.</summary>
    public static int PlaceOf(object holder, Func<object?, bool> isKnown)
    {
        int[] found = [.. ObjectTable.ReferencesOf(ObjectTable.Of(holder)).Where(place => isKnown(ReferenceAt(holder, place)))];
        return found is [var only] ? only : NotFound;
    }

    /// <summary>The place from <paramref name="start"/> on that alone has a number.</summary>
    public static int PlaceOf(object holder, int start, int number)
    {
        int[] found = [.. PlacesOfNumbers(holder, start).Where(place => NumberAt(holder, place) == number)];
        return found is [var only] ? only : NotFound;
    }

    /// <summary>Where numbers may be.</summary>
    public static IEnumerable<int> PlacesOfNumbers(object holder, int start)
    {
        ulong table = ObjectTable.Of(holder);
        int[] references = ObjectTable.ReferencesOf(table);
        for (int place = start; place + sizeof(int) <= ObjectTable.SizeOf(table); place += sizeof(int))
        {
            if (!references.Contains(place & ~7))
            {
                yield return place;
            }
        }
    }

    /// <summary>The reference at a place.</summary>
    public static object? ReferenceAt(object holder, int place) => Unsafe.As<byte, object?>(ref ObjectTable.At(holder, place));

    /// <summary>The number at a place.</summary>
    public static int NumberAt(object holder, int place) => Unsafe.As<byte, int>(ref ObjectTable.At(holder, place));
}
