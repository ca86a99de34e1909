using System.Diagnostics;

namespace Pprof.Collectors;

/// <summary>The time for which a profile is collected.</summary>
internal static class CollectionPeriod
{
    /// <summary>
    /// Waits for no less than <paramref name="duration"/>: the runtime's timers run on a clock of some milliseconds and
    /// may be early by as much, and a profile of 30 seconds must not say 29.997.
    /// </summary>
    /// <exception cref="OperationCanceledException">The client hung up, or the application ends.</exception>
    public static async Task WaitAsync(TimeSpan duration, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        for (TimeSpan left = duration; left > TimeSpan.Zero; left = duration - Stopwatch.GetElapsedTime(start))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), cancellation).ConfigureAwait(false);
        }
    }
}
