using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;

namespace Pprof.Sources.Trace;

/// <summary>CoreCLR: the runtime's own events.</summary>
internal sealed class EventTraceSource : TraceSource
{
    private static readonly EventRequest[] s_requests =
    [
        new(
            FrameworkProvider.Name,
            FrameworkProvider.Id,
            FrameworkProvider.ThreadPoolKeyword,
            EventLevel.Verbose,
            EventIds.Only(FrameworkProvider.WorkQueued, FrameworkProvider.WorkTaken)),
        EventRequest.Runtime(
            RuntimeProvider.CollectionKeyword | RuntimeProvider.ExceptionKeyword | RuntimeProvider.ThreadingKeyword
                | RuntimeProvider.ContentionKeyword | RuntimeProvider.WaitHandleKeyword,
            EventLevel.Verbose,
            RuntimeProvider.CollectionStart,
            RuntimeProvider.CollectionEnd,
            RuntimeProvider.RestartEnd,
            RuntimeProvider.HeapStatistics,
            RuntimeProvider.SuspendBegin,
            RuntimeProvider.WorkerStop,
            RuntimeProvider.WorkerWait,
            RuntimeProvider.ExceptionThrown,
            RuntimeProvider.ContentionStart,
            RuntimeProvider.ContentionStop,
            RuntimeProvider.WaitHandleWaitStart,
            RuntimeProvider.WaitHandleWaitStop),
    ];

    private readonly EventWatch _watch;
    private volatile bool _isOpen;

    public EventTraceSource(TraceQueue queue) =>
        _watch = new EventWatch(ProcessEvents.Instance, new Consumer(queue), () => _isOpen ? s_requests : []);

    /// <inheritdoc/>
    public override string? Failure => _watch.Failure;

    /// <inheritdoc/>
    public override Task OpenAsync()
    {
        _isOpen = true;
        return _watch.UpdateAsync();
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync() => _watch.FlushAsync();

    /// <inheritdoc/>
    public override Task CloseAsync()
    {
        _isOpen = false;
        return _watch.UpdateAsync();
    }

    private sealed class Consumer(TraceQueue queue) : EventConsumer
    {
        private long _last;

        public override void OnEvent(in RuntimeEvent data)
        {
            _last = data.Timestamp;
            if (Read(data) is { } moment)
            {
                queue.Add(moment, HasStack(moment.Kind) ? data.Frames : []);
            }
        }

        public override void OnLost(long count) =>
            queue.Add(new TraceMoment { Kind = TraceMomentKind.Lost, Thread = 0, Timestamp = _last, Number = count }, []);

        // Those of the others are the runtime's own.
        private static bool HasStack(TraceMomentKind kind) => kind is TraceMomentKind.Queued or TraceMomentKind.LockWaitBegin
            or TraceMomentKind.MonitorWaitBegin or TraceMomentKind.HandleWaitBegin or TraceMomentKind.Exception;

        private static TraceMoment? Read(in RuntimeEvent data) =>
            data.ProviderId == FrameworkProvider.Id
                ? Moment(data, data.Id == FrameworkProvider.WorkQueued ? TraceMomentKind.Queued : TraceMomentKind.Taken, new ThreadPoolWork(data).HashCode)
            : data.Id switch
            {
                RuntimeProvider.WorkerStop or RuntimeProvider.WorkerWait => Moment(data, TraceMomentKind.Idle),
                RuntimeProvider.ContentionStart => Moment(data, TraceMomentKind.LockWaitBegin, new ContentionStart(data).OwnerSystemId),
                RuntimeProvider.ContentionStop => Moment(data, TraceMomentKind.LockWaitEnd),
                RuntimeProvider.WaitHandleWaitStart =>
                    Moment(data, new WaitHandleWaitStart(data).IsMonitorWait ? TraceMomentKind.MonitorWaitBegin : TraceMomentKind.HandleWaitBegin),
                RuntimeProvider.WaitHandleWaitStop => Moment(data, TraceMomentKind.WaitEnd),
                RuntimeProvider.SuspendBegin => Moment(data, TraceMomentKind.StopBegin),
                RuntimeProvider.RestartEnd => Moment(data, TraceMomentKind.StopEnd),
                RuntimeProvider.CollectionStart => Describe(data, new CollectionStart(data)),
                RuntimeProvider.CollectionEnd => Moment(data, TraceMomentKind.CollectionEnd, new CollectionEnd(data).Count),
                RuntimeProvider.HeapStatistics => Moment(data, TraceMomentKind.HeapSize, new HeapStatistics(data).Size),
                RuntimeProvider.ExceptionThrown => Moment(data, TraceMomentKind.Exception, text: new ExceptionThrown(data).Text),
                _ => null,
            };

        private static TraceMoment Describe(in RuntimeEvent data, CollectionStart start) => Moment(
            data, TraceMomentKind.CollectionBegin, start.Count, $"generation {start.Generation}, {start.Type}: {start.Reason}");

        private static TraceMoment Moment(in RuntimeEvent data, TraceMomentKind kind, long number = 0, string? text = null) =>
            new() { Kind = kind, Thread = data.SystemId, Timestamp = data.Timestamp, Number = number, Text = text };
    }
}
