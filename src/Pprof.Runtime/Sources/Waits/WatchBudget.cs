using System.Diagnostics;

namespace Pprof.Sources.Waits;

/// <summary>How much of the waiting can be watched without that the application feels it.</summary>
internal static class WatchBudget
{
    /// <summary>How long waits are watched at a time, where not all can be.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    /// <summary>The same in ticks of <see cref="Stopwatch"/>.</summary>
    public static readonly long WindowTicks = (long)(Window.TotalSeconds * Stopwatch.Frequency);

    /// <summary>
    /// Events a second, on average, that the application can be asked to pay for: some 2 % of the time of two cores
    /// (bench, locks).
    /// </summary>
    private const double EventsPerSecond = 12_000;

    // A cycle begins only above this, so that a rate near the limit does not go to and fro.
    private const double Overload = 30_000;

    private const int MaxLength = 100;

    /// <summary>Whether so many events in a second of constant watching are too many.</summary>
    public static bool IsOverload(double eventsPerSecond) => eventsPerSecond > Overload;

    /// <summary>
    /// How many windows there have to be time for until the next, so that the average stays below the limit; 1 if all can
    /// be watched.
    /// </summary>
    /// <param name="eventsPerSecond">Events in a second of watching.</param>
    /// <param name="watched">How long events came for the sake of one window.</param>
    public static int LengthFor(double eventsPerSecond, TimeSpan watched) =>
        eventsPerSecond <= EventsPerSecond
            ? 1
            : Math.Min(MaxLength, (int)Math.Ceiling(eventsPerSecond * (watched / Window) / EventsPerSecond));

    /// <summary>For how many waits one of a window stands that begins so long after what was watched before.</summary>
    public static int WeightAfter(TimeSpan pause) => Math.Clamp((int)Math.Round((pause + Window) / Window), 1, 2 * MaxLength);
}
