using System.Runtime.CompilerServices;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>Where in a NativeAOT program a timer has when it is due: looked for in one of which that is known.</summary>
/// <param name="Start">In the timer, since when it counts, in milliseconds.</param>
/// <param name="Due">In the timer, after how many milliseconds it is due.</param>
/// <param name="Period">In the timer, the milliseconds from one call to the next.</param>
internal sealed record TimerPlaces(int Start, int Due, int Period)
{
    private static readonly Lazy<TimerPlaces?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Those of this version of the class library; null where they are not known.</summary>
    public static TimerPlaces? Instance => s_instance.Value;

    private static TimerPlaces? Find()
    {
        // More than a month, and no other number.
        const uint Due = 0xb6d3a1f1;
        const uint Period = 0xb6d3a1f2;
        using var timer = new Timer(static _ => { }, null, Due, Period);
        long now = Environment.TickCount64;
        object? single = Reachable(timer).FirstOrDefault(static value => value.GetType() == KnownObjects.TimerType);
        if (single is null)
        {
            return null;
        }

        int[] starts = [.. KnownObject.PlacesOfNumbers(single, ClassLibrary.Header).Where(place =>
            place % sizeof(long) == 0 && place + sizeof(long) <= ObjectTable.SizeOf(ObjectTable.Of(single))
            && now - Unsafe.As<byte, long>(ref ObjectTable.At(single, place)) is >= 0 and < 60_000)];
        var places = new TimerPlaces(
            starts is [var only] ? only : KnownObject.NotFound,
            KnownObject.PlaceOf(single, ClassLibrary.Header, unchecked((int)Due)),
            KnownObject.PlaceOf(single, ClassLibrary.Header, unchecked((int)Period)));
        return places is { Start: >= 0, Due: >= 0, Period: >= 0 } ? places : null;
    }

    /// <summary>What an object refers to, and what that refers to.</summary>
    private static IEnumerable<object> Reachable(object holder)
    {
        object[] direct = [.. ReferencesOf(holder)];
        return direct.Concat(direct.SelectMany(ReferencesOf));
    }

    private static IEnumerable<object> ReferencesOf(object holder) =>
        ObjectTable.ReferencesOf(ObjectTable.Of(holder)).Select(place => KnownObject.ReferenceAt(holder, place)).OfType<object>();
}
