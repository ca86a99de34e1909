namespace Pprof.Sources.EventPipe;

/// <summary>
/// A consumer's place among those who receive events. Dispose it to leave. Abstract so that who holds one refers to no
/// session.
/// </summary>
internal abstract class EventSubscription : IDisposable
{
    /// <summary>
    /// Why there are no more events: what an exception of the consumer said, or that the runtime gives no session any more.
    /// Null where there are.
    /// </summary>
    public abstract string? Failure { get; }

    /// <summary>Asks for other events from now on. What was asked for before and still is loses no event.</summary>
    /// <exception cref="IOException">The runtime gives no session.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or has failed.</exception>
    public abstract void Change(params EventRequest[] requests);

    /// <inheritdoc/>
    public abstract void Dispose();
}
