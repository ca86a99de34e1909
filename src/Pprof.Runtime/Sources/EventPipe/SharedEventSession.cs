using System.Diagnostics;
using System.Diagnostics.Tracing;
using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// The one session that all consumers share. It asks the runtime for what any of them asks for; when that changes, a
/// new session starts before the old one ends.
/// </summary>
internal sealed class SharedEventSession
{
    // Longer than the runtime keeps events back.
    private static readonly TimeSpan s_flushTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_settleTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_markInterval = TimeSpan.FromMilliseconds(20);

    // A session that breaks is opened again, but not without end where each breaks soon.
    private const int MaxRepairs = 8;

    private static readonly TimeSpan s_steady = TimeSpan.FromMinutes(1);

    // One for all sessions: each gets the marks of the others, too.
    private static long s_lastMark;

    // Held while sessions change, which can take seconds: taken by threads of this package only, and never by a reader.
    private readonly Lock _gate = new();
    private readonly SharedRun<bool> _flush;
    private readonly int _bufferMegabytes;

    private volatile SharedSubscription[] _subscriptions = [];
    private EventRequest[] _union = [];
    private volatile EventSession? _current;
    private EventSession? _ending;
    private long _lastRepair;
    private int _repairs;

    /// <param name="bufferMegabytes">The most that the runtime keeps while the reader is behind; it takes memory as it needs it.</param>
    public SharedEventSession(int bufferMegabytes = 64)
    {
        _bufferMegabytes = bufferMegabytes;
        _flush = new SharedRun<bool>("pprof flush", () => Flush(s_flushTimeout), static _ => false);
    }

    /// <summary>
    /// Delivers to <paramref name="consumer"/> what happens from now on and is asked for. Can take seconds, as every change
    /// of what is asked for can.
    /// </summary>
    /// <exception cref="IOException">The runtime gives no session.</exception>
    public EventSubscription Join(EventConsumer consumer, params EventRequest[] requests)
    {
        lock (_gate)
        {
            var subscription = new SharedSubscription(this, consumer, requests, Stopwatch.GetTimestamp());
            SharedSubscription[] before = _subscriptions;
            _subscriptions = [.. before, subscription];
            try
            {
                Adjust();
            }
            catch
            {
                _subscriptions = before;
                throw;
            }

            return subscription;
        }
    }

    /// <summary>
    /// Completes when everything that happened before the call has been delivered, with false when that takes longer than a
    /// second. All who ask at a time share the wait.
    /// </summary>
    public Task<bool> FlushAsync() => _current is null ? Task.FromResult(true) : _flush.AskAsync();

    /// <summary>
    /// Waits until everything that happened before the call has been delivered: some 200 ms, twice the rhythm in which
    /// the runtime writes. False if it took longer than <paramref name="timeout"/>.
    /// </summary>
    public bool Flush(TimeSpan timeout)
    {
        if (_current is not { } session)
        {
            return true;
        }

        long start = Stopwatch.GetTimestamp();
        long number = Mark();
        while (!session.WaitForMark(number, s_markInterval))
        {
            if (session.Ended || Stopwatch.GetElapsedTime(start) > timeout)
            {
                return session.Ended;
            }

            // An event is held back until one of a later batch shows that nothing older can come.
            Mark();
        }

        return true;
    }

    /// <summary>Waits until no session is on the way to its end.</summary>
    public bool Settle(TimeSpan timeout)
    {
        EventSession? ending;
        lock (_gate)
        {
            ending = _ending;
        }

        return ending == null || ending.Join(timeout);
    }

    internal void Change(SharedSubscription subscription, Action change)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(!_subscriptions.Contains(subscription), subscription);
            change();
            Adjust();
        }
    }

    internal void Leave(SharedSubscription subscription)
    {
        lock (_gate)
        {
            if (_subscriptions.Contains(subscription))
            {
                _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
                try
                {
                    Adjust();
                }
                catch (IOException)
                {
                    // The session goes on as it is, and gives the others more than they ask for.
                }
            }
        }
    }

    /// <summary>
    /// A session has ended that nobody ended. Called by its reader: another thread opens a new one, and where that is not
    /// to be had, the subscriptions have failed.
    /// </summary>
    internal void OnBroken(EventSession session)
    {
        try
        {
            OwnThreads.Start("pprof events again", () => Repair(session));
        }
        catch (Exception e)
        {
            // The process can have no more threads. Who asks next begins anew.
            DeliverLoss(1);
            Fail(session.Failure ?? e.Message);
        }
    }

    /// <summary>
    /// A session has seen so many threads that it is worth a new one. Called by its reader: another thread opens it.
    /// </summary>
    internal void OnManyThreads(EventSession session)
    {
        try
        {
            OwnThreads.Start("pprof events renew", () => Renew(session));
        }
        catch (Exception)
        {
            // After as many more.
        }
    }

    internal void Deliver(in RuntimeEvent data)
    {
        foreach (SharedSubscription subscription in _subscriptions)
        {
            subscription.Deliver(data);
        }
    }

    internal void DeliverLoss(long count)
    {
        foreach (SharedSubscription subscription in _subscriptions)
        {
            subscription.DeliverLoss(count);
        }
    }

    private void Repair(EventSession session)
    {
        lock (_gate)
        {
            if (_current != session)
            {
                return;
            }

            // How many events are missing nobody knows.
            DeliverLoss(1);
            string reason = session.Failure ?? "the runtime ended the event session";
            try
            {
                session.Stop();
                _current = null;
                _union = [];
                _ending = session;
                long now = Stopwatch.GetTimestamp();
                _repairs = Stopwatch.GetElapsedTime(_lastRepair, now) > s_steady ? 1 : _repairs + 1;
                _lastRepair = now;
                if (_repairs > MaxRepairs)
                {
                    throw new IOException(reason);
                }

                Adjust();
            }
            catch (Exception e)
            {
                Fail(e.Message);
                _subscriptions = [];
                _union = [];
            }
        }
    }

    private void Renew(EventSession session)
    {
        lock (_gate)
        {
            if (_current == session && !session.Ended)
            {
                try
                {
                    Replace(_union);
                }
                catch (IOException)
                {
                    // The old one goes on.
                }
            }
        }
    }

    private void Fail(string reason)
    {
        foreach (SharedSubscription subscription in _subscriptions)
        {
            subscription.Fail(reason);
        }
    }

    private long Mark()
    {
        long number = Interlocked.Increment(ref s_lastMark);
        EventMarker.Instance.Mark(number);
        return number;
    }

    private void Adjust()
    {
        EventRequest[] union = Union(_subscriptions);
        if (union.AsSpan().SequenceEqual(_union) && _current is not { Ended: true })
        {
            return;
        }

        Replace(union);
    }

    private void Replace(EventRequest[] union)
    {
        // The runtime has room for 64 sessions: no more than two of ours are open at a time.
        Settle(s_settleTimeout);
        EventSession? before = _current;
        if (before is { Ended: true })
        {
            // It broke a moment ago.
            DeliverLoss(1);
        }

        EventSession? after = union.Length == 0 ? null : new EventSession(this, union, _bufferMegabytes, before);
        _current = after;
        _union = union;
        if (before != null)
        {
            Mark();
            before.Stop();
            _ending = before;
        }
    }

    private static EventRequest[] Union(SharedSubscription[] subscriptions)
    {
        if (subscriptions.All(subscription => subscription.Requests.Length == 0))
        {
            return [];
        }

        // The runtime looks at one entry for each provider, so its level is that of the most verbose request.
        return [.. subscriptions.SelectMany(subscription => subscription.Requests).Append(EventMarker.Request)
            .GroupBy(request => request.ProviderId)
            .Select(group => new EventRequest(
                group.First().Provider,
                group.Key,
                group.Aggregate(0UL, (keywords, request) => keywords | request.Keywords),
                (EventLevel)group.Max(request => (int)request.Level),
                group.Select(request => request.Ids).Aggregate((ids, more) => ids.Union(more))))
            .OrderBy(request => request.ProviderId)];
    }
}
