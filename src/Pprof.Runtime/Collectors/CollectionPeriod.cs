using Pprof.Process;

namespace Pprof.Collectors;

/// <summary>The time for which a profile is collected.</summary>
internal static class CollectionPeriod
{
    /// <summary>
    /// Waits for no less than <paramref name="duration"/>: a profile of 30 seconds must not say 29.997. The runtime's timers
    /// may be early by some milliseconds, and late by minutes where the application's thread pool has no thread to spare.
    /// </summary>
    /// <exception cref="OperationCanceledException">The client hung up, or the application ends.</exception>
    /// <exception cref="ProfileUnavailableException">The process can have no thread that tells the time.</exception>
    public static async Task WaitAsync(TimeSpan duration, CancellationToken cancellation)
    {
        try
        {
            await OwnClock.DelayAsync(duration, cancellation);
        }
        catch (IOException e)
        {
            throw new ProfileUnavailableException(e.Message, e);
        }
    }
}
