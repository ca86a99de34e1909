using System.Diagnostics;

namespace Pprof.Sources.Waits;

/// <summary>
/// Waits are watched for a second, and then not for many: where there are so many of them that the application would feel
/// it to have all watched.
/// </summary>
internal sealed class DutyCycle
{
    /// <summary>How long waits are watched at a time.</summary>
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

    private readonly ManualResetEventSlim _ended = new();
    private volatile bool _isPaused;

    /// <summary>Whether waits are not watched now.</summary>
    public bool IsPaused
    {
        get => _isPaused;
        set => _isPaused = value;
    }

    /// <summary>Whether so many events in a second of constant watching are a reason to begin one.</summary>
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

    /// <summary>Ends it: who sleeps wakes up.</summary>
    public void End() => _ended.Set();

    /// <summary>Sleeps for a while; false if it has ended meanwhile.</summary>
    public bool Sleep(TimeSpan time) => !_ended.Wait(time < TimeSpan.Zero ? TimeSpan.Zero : time);
}
