namespace Pprof.Sources.EventPipe;

/// <summary>
/// Receives events. Its methods run on the reader's thread, one at a time, in the order of the events' timestamps,
/// and must neither block, nor start or end a subscription, nor create an EventSource.
/// </summary>
internal abstract class EventConsumer
{
    /// <summary>One event that was asked for.</summary>
    public abstract void OnEvent(in RuntimeEvent data);

    /// <summary>The runtime had no room for <paramref name="count"/> more events of any kind.</summary>
    public abstract void OnLost(long count);
}
