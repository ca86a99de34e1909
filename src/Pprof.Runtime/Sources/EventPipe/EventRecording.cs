using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// A session that is recorded. The runtime ends one only after it has written everything, and answers nobody else's question
/// meanwhile: a thread reads until the end, and who wants no more closes the stream, so that the runtime's writing fails.
/// </summary>
internal sealed class EventRecording : RecordedEvents
{
    // The most that the runtime keeps while nobody takes it.
    private const int BufferMegabytes = 64;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_impatience = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<EventProvider> _providers;
    private readonly Action<ReadOnlyMemory<byte>> _put;
    private readonly Action<Exception?> _end;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stopped = new();
    private readonly Lock _gate = new();

    // Under the gate.
    private RecordedSession? _session;
    private bool _isStopping;
    private bool _isAbandoned;

    private EventRecording(IReadOnlyList<EventProvider> providers, Action<ReadOnlyMemory<byte>> put, Action<Exception?> end) =>
        (_providers, _put, _end) = (providers, put, end);

    /// <inheritdoc/>
    public override Task Opened => _opened.Task;

    /// <inheritdoc/>
    public override Task Ended => _ended.Task;

    /// <inheritdoc cref="RecordedEvents.Start"/>
    public static new EventRecording Start(IReadOnlyList<EventProvider> providers, Action<ReadOnlyMemory<byte>> put, Action<Exception?> end)
    {
        var recording = new EventRecording(providers, put, end);
        OwnThreads.Start("pprof recording", recording.Record);
        return recording;
    }

    /// <inheritdoc/>
    public override void Stop()
    {
        lock (_gate)
        {
            if (_session is null || _isStopping)
            {
                return;
            }

            _isStopping = true;
        }

        try
        {
            OwnThreads.Start("pprof recording end", End);
        }
        catch (Exception)
        {
            // The process can have no more threads: then it takes this one's time.
            End();
        }
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            _session?.Close();
        }

        Stop();
    }

    private void Record()
    {
        Exception? failure = null;
        try
        {
            Open();
            _opened.SetResult();
            Copy();
        }
        catch (Exception e)
        {
            failure = e;
            _opened.TrySetException(e as IOException ?? new IOException(e.Message, e));
        }
        finally
        {
            _end(failure);
            Abandon();
            if (_session is { } session)
            {
                _stopped.Wait();
                session.Dispose();
            }

            _ended.SetResult();
        }
    }

    private void Open()
    {
        RecordedSession session = RecordedSession.Open(_providers, BufferMegabytes);
        lock (_gate)
        {
            _session = session;
            if (_isAbandoned)
            {
                throw new OperationCanceledException();
            }
        }
    }

    private void Copy()
    {
        byte[] buffer = new byte[64 * 1024];
        for (int count; (count = _session!.Read(buffer)) > 0;)
        {
            _put(buffer.AsMemory(0, count));
        }

        lock (_gate)
        {
            if (!_isStopping)
            {
                throw new IOException("the runtime ended the event session");
            }
        }
    }

    private void End()
    {
        try
        {
            _session!.Stop(() => Volatile.Read(ref _isAbandoned) ? s_impatience : s_patience);
        }
        catch (Exception)
        {
            // The session is gone already, or ends when nothing of it is taken any more.
            Abandon();
        }
        finally
        {
            _stopped.Set();
        }
    }
}
