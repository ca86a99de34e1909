using Pprof.Sources.EventPipe;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>Gives subscriptions, or refuses them, and writes down what is asked of it.</summary>
internal sealed class FakeFeed : EventFeed
{
    public List<string> Log { get; } = [];

    public string? Unsupported { get; set; }

    public string? Refusal { get; set; }

    /// <summary>Of the subscription that is there, its failure.</summary>
    public string? Failure { get; set; }

    /// <summary>What a flush says.</summary>
    public bool IsComplete { get; set; }

    public EventConsumer? Consumer { get; private set; }

    public override string? UnsupportedReason
    {
        get
        {
            Log.Add("asked");
            return Unsupported;
        }
    }

    public override EventSubscription Join(EventConsumer consumer, params EventRequest[] requests)
    {
        Refuse();
        Log.Add("join " + Names(requests));
        Failure = null;
        Consumer = consumer;
        return new Subscription(this);
    }

    public override Task<bool> FlushAsync()
    {
        Log.Add("flush");
        return Task.FromResult(IsComplete);
    }

    private void Refuse()
    {
        if (Refusal is { } reason)
        {
            throw new IOException(reason);
        }
    }

    private static string Names(EventRequest[] requests) => string.Join(',', requests.Select(static request => request.Provider));

    private sealed class Subscription(FakeFeed feed) : EventSubscription
    {
        public override string? Failure => feed.Failure;

        public override void Change(params EventRequest[] requests)
        {
            feed.Refuse();
            feed.Log.Add("change " + Names(requests));
        }

        public override void Dispose() => feed.Log.Add("leave");
    }
}
