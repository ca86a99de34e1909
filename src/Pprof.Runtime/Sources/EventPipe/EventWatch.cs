using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Keeps a consumer subscribed to the events that are wanted at the moment. What goes wrong is remembered, not thrown: the
/// application has set an option, and does not fail because it is watched. Watches nothing until <see cref="Update"/>.
/// </summary>
/// <param name="feed">Where the events come from.</param>
/// <param name="consumer">Who gets them.</param>
/// <param name="wanted">What is wanted now; nothing ends the watching. Called with <see cref="Gate"/> held.</param>
internal sealed class EventWatch(EventFeed feed, EventConsumer consumer, Func<EventRequest[]> wanted)
{
    private volatile EventSubscription? _subscription;
    private volatile string? _failure;
    private volatile bool _isUpdated;
    private long _lost;

    /// <summary>Held while what is watched changes.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Called before the first events come, with <see cref="Gate"/> held.</summary>
    public Action? Opening { get; init; }

    /// <summary>Called once they come, in the same way.</summary>
    public Action? Opened { get; init; }

    /// <summary>Why there are no events here at all; null where there are.</summary>
    public string? UnsupportedReason => feed.UnsupportedReason;

    /// <summary>Why what is wanted is not watched; null while it is.</summary>
    public string? Failure => _failure ?? _subscription?.Failure;

    /// <summary>Whether events come, or came until they failed.</summary>
    public bool IsOpen => _subscription is not null;

    /// <summary>Events that the runtime had no room for.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Watches from now on what is wanted now, and nothing else.</summary>
    public void Update()
    {
        lock (Gate)
        {
            try
            {
                Adjust(wanted());
            }
            catch (Exception e)
            {
                _failure = e.Message;
            }

            _isUpdated = true;
        }
    }

    /// <summary>The same on a thread of this package: the first time takes a while, in which the application can start.</summary>
    public void UpdateInBackground()
    {
        try
        {
            OwnThreads.Start("pprof watch", Update);
        }
        catch (Exception e)
        {
            // The process cannot have more threads.
            _failure = e.Message;
        }
    }

    /// <summary>
    /// The same where there is something to do: watching failed, of something that may be over, or something was wanted
    /// before there was anybody to watch it.
    /// </summary>
    public void Retry()
    {
        if (_isUpdated && Failure is null)
        {
            return;
        }

        lock (Gate)
        {
            // Another thread may have done it meanwhile.
            if (!_isUpdated || Failure is not null)
            {
                Update();
            }
        }
    }

    /// <summary>
    /// Waits until everything that happened before the call has been delivered; false when that takes too long. At once
    /// where nothing is watched.
    /// </summary>
    public bool Flush() => _subscription is null || feed.Flush();

    /// <summary>Takes into account that <paramref name="count"/> events are missing, and tells the consumer.</summary>
    public void ReportLoss(long count)
    {
        Interlocked.Add(ref _lost, count);
        consumer.OnLost(count);
    }

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
        if (feed.UnsupportedReason is { } reason)
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
            _subscription = feed.Join(new Counter(this, consumer), requests);
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
