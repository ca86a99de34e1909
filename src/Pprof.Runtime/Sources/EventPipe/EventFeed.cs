namespace Pprof.Sources.EventPipe;

/// <summary>Who gives the events that an <see cref="EventWatch"/> wants.</summary>
internal abstract class EventFeed
{
    /// <summary>
    /// Why there are no events here, and what would make them come; null where there are. The first answer loads the
    /// decoder.
    /// </summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>Delivers to <paramref name="consumer"/> what happens from now on and is asked for.</summary>
    /// <exception cref="IOException">The runtime gives no session.</exception>
    public abstract EventSubscription Join(EventConsumer consumer, params EventRequest[] requests);

    /// <summary>
    /// Completes when everything that happened before the call has been delivered; with false when that takes too long.
    /// Holds no thread of the application.
    /// </summary>
    public abstract Task<bool> FlushAsync();
}
