namespace Pprof.Sources.EventPipe;

/// <summary>A consumer's place in the shared session.</summary>
internal sealed class SharedSubscription : EventSubscription
{
    private readonly SharedEventSession _owner;
    private readonly EventConsumer _consumer;
    private volatile string? _failure;

    internal SharedSubscription(SharedEventSession owner, EventConsumer consumer, EventRequest[] requests, long since)
    {
        _owner = owner;
        _consumer = consumer;
        Requests = requests;
        Since = since;
    }

    /// <inheritdoc/>
    public override string? Failure => _failure;

    internal EventRequest[] Requests { get; private set; }

    /// <summary>Events of before this moment were under way when the consumer came and are not for it.</summary>
    internal long Since { get; }

    /// <inheritdoc/>
    public override void Change(params EventRequest[] requests) => _owner.Change(this, () => Requests = requests);

    /// <inheritdoc/>
    public override void Dispose() => _owner.Leave(this);

    /// <summary>Called by the reader.</summary>
    internal void Deliver(in RuntimeEvent data)
    {
        if (data.Timestamp < Since || _failure != null)
        {
            return;
        }

        foreach (EventRequest request in Requests)
        {
            if (request.Admits(data))
            {
                try
                {
                    _consumer.OnEvent(data);
                }
                catch (Exception e)
                {
                    // The other consumers' events still have to be delivered.
                    _failure = e.GetType() + ": " + e.Message;
                }

                return;
            }
        }
    }

    /// <summary>There are no more events, and why.</summary>
    internal void Fail(string reason) => _failure = reason;

    /// <summary>Called by the reader.</summary>
    internal void DeliverLoss(long count) => _consumer.OnLost(count);
}
