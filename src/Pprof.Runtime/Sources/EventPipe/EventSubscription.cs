namespace Pprof.Sources.EventPipe;

/// <summary>
/// A consumer's place among those who receive events. Dispose it to leave. Abstract so that who holds one refers to no
/// session.
/// </summary>
internal abstract class EventSubscription : IDisposable
{
    /// <summary>What an exception of the consumer said, after which it gets no more events; otherwise null.</summary>
    public abstract string? Failure { get; }

    /// <summary>Asks for other events from now on. What was asked for before and still is loses no event.</summary>
    /// <exception cref="IOException">The runtime gives no session.</exception>
    public abstract void Change(params EventRequest[] requests);

    /// <inheritdoc/>
    public abstract void Dispose();
}
