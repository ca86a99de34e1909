namespace Pprof.Sources.EventPipe;

/// <summary>
/// Keeps a consumer subscribed to the events that are wanted at the moment. What goes wrong is remembered, not thrown: the
/// application has set an option, and does not fail because it is watched. Watches nothing until <see cref="UpdateAsync"/>.
/// To begin and to end takes a while, at worst seconds, and is done on a thread of this package.
/// </summary>
internal sealed class EventWatch
{
    private readonly EventFeed _feed;
    private readonly EventConsumer _consumer;
    private readonly Func<EventRequest[]> _wanted;
    private readonly SharedRun<bool> _update;
    private volatile EventSubscription? _subscription;
    private volatile string? _failure;
    private volatile bool _isUpdated;
    private long _lost;

    /// <param name="feed">Where the events come from.</param>
    /// <param name="consumer">Who gets them.</param>
    /// <param name="wanted">What is wanted now; nothing ends the watching. Called with <see cref="Gate"/> held, on that thread.</param>
    public EventWatch(EventFeed feed, EventConsumer consumer, Func<EventRequest[]> wanted)
    {
        _feed = feed;
        _consumer = consumer;
        _wanted = wanted;
        _update = new SharedRun<bool>("pprof watch", Update, Fail);
    }

    /// <summary>Held while what is wanted is found out, and never for long.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Called before the first events come.</summary>
    public Action? Opening { get; init; }

    /// <summary>Called once they come.</summary>
    public Action? Opened { get; init; }

    /// <summary>Why there are no events here at all; null where there are.</summary>
    public string? UnsupportedReason => _feed.UnsupportedReason;

    /// <summary>Why what is wanted is not watched; null while it is.</summary>
    public string? Failure => _failure ?? _subscription?.Failure;

    /// <summary>Whether events come, or came until they failed.</summary>
    public bool IsOpen => _subscription is not null;

    /// <summary>Whether events come, if perhaps not all that are wanted.</summary>
    public bool IsWatching => _subscription is { Failure: null };

    /// <summary>Events that the runtime had no room for.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>
    /// Watches what is wanted now, and nothing else. The task, which never fails, completes when it is so, or it is known why
    /// it cannot be.
    /// </summary>
    public Task UpdateAsync() => _update.AskAsync();

    /// <summary>
    /// The same where there is something to do: watching failed, of something that may be over, or something was wanted
    /// before there was anybody to watch it.
    /// </summary>
    public Task RetryAsync() => _isUpdated && Failure is null ? Task.CompletedTask : UpdateAsync();

    /// <summary>
    /// Completes when everything that happened before the call has been delivered; with false when that takes too long. At
    /// once where nothing is watched.
    /// </summary>
    public Task<bool> FlushAsync() => _subscription is null ? Task.FromResult(true) : _feed.FlushAsync();

    /// <summary>Takes into account that <paramref name="count"/> events are missing, and tells the consumer.</summary>
    public void ReportLoss(long count)
    {
        Interlocked.Add(ref _lost, count);
        _consumer.OnLost(count);
    }

    private bool Update()
    {
        EventRequest[] requests;
        lock (Gate)
        {
            requests = _wanted();
        }

        Adjust(requests);
        _isUpdated = true;
        return true;
    }

    private bool Fail(Exception exception)
    {
        _failure = exception.Message;
        _isUpdated = true;
        return false;
    }

    // Not with the gate held: the runtime can let itself be waited for.
    private void Adjust(EventRequest[] requests)
    {
        // One that has failed gets no events any more: begin anew.
        if (_subscription is { } subscription && (requests.Length == 0 || subscription.Failure is not null))
        {
            _subscription = null;
            subscription.Dispose();
        }

        if (requests.Length == 0)
        {
            _failure = null;
            return;
        }

        // Not before something is wanted: the answer loads the decoder.
        if (_feed.UnsupportedReason is { } reason)
        {
            _failure = reason;
            return;
        }

        if (_subscription is { } open)
        {
            open.Change(requests);
        }
        else
        {
            Opening?.Invoke();
            _subscription = _feed.Join(new Counter(this, _consumer), requests);
            Opened?.Invoke();
        }

        _failure = null;
    }

    private sealed class Counter(EventWatch watch, EventConsumer consumer) : EventConsumer
    {
        public override void OnEvent(in RuntimeEvent data) => consumer.OnEvent(data);

        public override void OnLost(long count) => watch.ReportLoss(count);
    }
}
