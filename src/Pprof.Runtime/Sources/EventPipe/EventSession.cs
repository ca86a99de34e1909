using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// One EventPipe session on this process and the thread that reads it. The reader reads to the end of the stream
/// whatever happens: the runtime ends a session only after it has written everything.
/// </summary>
internal sealed class EventSession
{
    // The runtime keeps what it needs for a thread that writes an event, some 2 KB, until the session ends, and so does the
    // decoder.
    private const int MaxThreads = 4096;

    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(1);

    private readonly SharedEventSession _owner;
    private readonly EventPipeSession _session;
    private readonly Thread _reader;
    private readonly Lock _marks = new();
    private readonly HashSet<int> _threads = [];

    // Of the event that is read at the moment.
    private nuint[] _frames = new nuint[128];
    private readonly ManualResetEventSlim _marked = new();
    private volatile EventHandover? _outgoing;
    private EventSession? _predecessor;
    private EventHandover? _incoming;
    private int _lost;
    private long _mark;
    private volatile bool _ended;
    private volatile bool _stopping;

    /// <summary>Opens a session; what the predecessor has delivered is not delivered again.</summary>
    /// <exception cref="IOException">The runtime does not give one.</exception>
    public EventSession(SharedEventSession owner, IEnumerable<EventRequest> requests, int bufferMegabytes, EventSession? predecessor)
    {
        _owner = owner;
        _predecessor = predecessor;
        if (predecessor != null)
        {
            _incoming = new EventHandover();
            predecessor._outgoing = _incoming;
        }

        try
        {
            _session = SessionOpening.Open([.. requests.Select(AsProvider)], bufferMegabytes);
            _incoming?.Open();
            _reader = OwnThreads.Start("pprof events", Read);
        }
        catch (Exception e)
        {
            _session?.Dispose();

            // Whatever it was: nobody takes over from the predecessor, which must not keep its events for that.
            predecessor?._outgoing = null;
            throw new IOException("the runtime refused an event session: " + e.Message, e);
        }
    }

    /// <summary>Whether every event has been delivered, and the session is gone.</summary>
    public bool Ended => _ended;

    /// <summary>What went wrong while reading, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Ends the session without waiting. What has happened until now is still delivered.</summary>
    public void Stop()
    {
        _stopping = true;
        try
        {
            OwnThreads.Start("pprof events end", End);
        }
        catch (Exception)
        {
            // The process can have no more threads: then it takes this one's time.
            End();
        }
    }

    /// <summary>Waits until the session has ended.</summary>
    public bool Join(TimeSpan timeout) => _reader.Join(timeout);

    /// <summary>Waits until a mark of this or a higher number has come out of the stream.</summary>
    public bool WaitForMark(long number, TimeSpan timeout)
    {
        lock (_marks)
        {
            if (_mark >= number)
            {
                return true;
            }

            _marked.Reset();
        }

        return !_ended && _marked.Wait(timeout) && Volatile.Read(ref _mark) >= number;
    }

    private static EventPipeProvider AsProvider(EventRequest request) => new(
        request.Provider,
        request.Level,
        (long)request.Keywords,
        arguments: null,
        RuntimeProvider.FiltersById && !request.Ids.IsAll
            ? new EventPipeProviderEventFilter(enable: true, Array.ConvertAll(request.Ids.Values.ToArray(), static id => (uint)id))
            : null);

    private void End()
    {
        bool ended = false;
        try
        {
            if (_outgoing != null)
            {
                Thread.Sleep(EventHandover.Overlap);
            }

            // Waited for without a timer, which would need a thread of the pool.
            using var patience = new CancellationTokenSource();
            Task stopped = _session.StopAsync(patience.Token);
            ended = stopped.Wait(s_stopTimeout);
            if (!ended)
            {
                patience.Cancel();
                _ = stopped.ContinueWith(static task => task.Exception, TaskScheduler.Default);
            }
        }
        catch (Exception e)
        {
            Failure ??= "ending the session: " + e.Message;
        }

        if (!ended || !_reader.Join(s_stopTimeout))
        {
            // The stream's end is what the reader waits for.
            _session.EventStream.Dispose();
        }
    }

    private void Read()
    {
        try
        {
            // Each event pairs with the one before it on its thread, so the predecessor's come first.
            _predecessor?._reader.Join();
            _predecessor = null;
            using var source = new EventPipeEventSource(_session.EventStream);
            source.AllEvents += data => Dispatch(data, source);
            source.Process();
            ReportLoss(source);
        }
        catch (Exception e)
        {
            Failure = "reading events: " + e.Message;
        }
        finally
        {
            _ended = true;
            _marked.Set();
            if (!_stopping)
            {
                // The stream has ended or cannot be read, and nobody asked for that.
                _owner.OnBroken(this);
            }

            Drain();
            _outgoing = null;
            _session.Dispose();
        }
    }

    private void Dispatch(TraceEvent traced, EventPipeEventSource source)
    {
        RuntimeEvent data = EventRecord.Read(traced, ref _frames);
        if (_threads.Add(data.SystemId) && _threads.Count % MaxThreads == 0)
        {
            _owner.OnManyThreads(this);
        }

        if (EventMarker.NumberOf(data) is { } number)
        {
            _incoming?.Mark(number, data.Timestamp);
            _outgoing?.DeliveredMark(number, data.Timestamp);
            lock (_marks)
            {
                _mark = Math.Max(_mark, number);
                _marked.Set();
            }

            return;
        }

        // A collection is the application's wherever it runs: the threads of all stop.
        if (!RuntimeProvider.IsCollection(data) && OwnThreads.Contains(data.SystemId, data.Timestamp))
        {
            return;
        }

        if (_incoming is { } incoming)
        {
            if (incoming.IsOver(data.Timestamp))
            {
                _incoming = null;
            }
            else if (incoming.WasDelivered(data))
            {
                return;
            }
        }

        _outgoing?.Delivered(data);
        ReportLoss(source);
        _owner.Deliver(data);
    }

    private void ReportLoss(EventPipeEventSource source)
    {
        int lost = source.EventsLost;
        if (lost != _lost)
        {
            // When the system gives a thread's id to another, whose events are numbered from the start again, the decoder
            // takes that for a loss of int.MaxValue.
            int more = unchecked(lost - _lost);
            _lost = lost;
            if (more is > 0 and < int.MaxValue / 2)
            {
                _owner.DeliverLoss(more);
            }
        }
    }

    private void Drain()
    {
        try
        {
            byte[] rest = new byte[16 * 1024];
            while (_session.EventStream.Read(rest) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Failure ??= "reading events: " + e.Message;
        }
    }
}
