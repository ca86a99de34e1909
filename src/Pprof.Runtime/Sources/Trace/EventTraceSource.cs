using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Unwinding;

namespace Pprof.Sources.Trace;

/// <summary>CoreCLR: the runtime's own events.</summary>
internal sealed class EventTraceSource : TraceSource
{
    private readonly EventWatch _watch;
    private readonly bool _hasEvents;
    private volatile bool _isOpen;

    public EventTraceSource(TraceQueue queue, TraceContent content)
    {
        EventRequest[] requests = Requests(content);
        _hasEvents = requests.Length > 0;
        _watch = new EventWatch(ProcessEvents.Instance, new Consumer(queue), () => _isOpen ? requests : []);
    }

    /// <inheritdoc/>
    public override bool IsLate => _hasEvents && Failure is null;

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

    /// <summary>Only what is wanted has its keyword: the runtime does nothing for the rest.</summary>
    private static EventRequest[] Requests(TraceContent content)
    {
        ulong keywords = 0;
        List<int> ids = [];
        if (content.HasFlag(TraceContent.Collections))
        {
            keywords |= RuntimeProvider.CollectionKeyword;
            ids.AddRange([
                RuntimeProvider.CollectionStart, RuntimeProvider.CollectionEnd, RuntimeProvider.RestartEnd, RuntimeProvider.HeapStatistics,
                RuntimeProvider.SuspendBegin, RuntimeProvider.SuspendEnd, RuntimeProvider.RestartBegin]);
        }

        if (content.HasFlag(TraceContent.Work))
        {
            keywords |= RuntimeProvider.ThreadingKeyword;
            ids.AddRange([RuntimeProvider.WorkerStop, RuntimeProvider.WorkerWait]);
        }

        if (content.HasFlag(TraceContent.Exceptions))
        {
            keywords |= RuntimeProvider.ExceptionKeyword;
            ids.Add(RuntimeProvider.ExceptionThrown);
        }

        if (content.HasFlag(TraceContent.Waits))
        {
            keywords |= RuntimeProvider.ContentionKeyword | RuntimeProvider.WaitHandleKeyword;
            ids.AddRange([
                RuntimeProvider.ContentionStart, RuntimeProvider.ContentionStop, RuntimeProvider.WaitHandleWaitStart,
                RuntimeProvider.WaitHandleWaitStop]);
        }

        // Of the keyword of collections the most verbose level has each allocation that is sampled.
        EventLevel level = content.HasFlag(TraceContent.Waits) ? EventLevel.Verbose : EventLevel.Informational;
        return keywords == 0 ? [] : [EventRequest.Runtime(keywords, level, ids)];
    }

    private sealed class Consumer(TraceQueue queue) : EventConsumer
    {
        private readonly PassingFrames _passing = new();
        private long _last;

        public override void OnEvent(in RuntimeEvent data)
        {
            _last = data.Timestamp;
            if (Read(data) is { } moment)
            {
                queue.Add(moment, HasStack(moment.Kind) ? _passing.Of(data.Frames) : []);
            }
        }

        public override void OnLost(long count) =>
            queue.Add(new TraceMoment { Kind = TraceMomentKind.Lost, Thread = 0, Timestamp = _last, Number = count }, []);

        // Those of the others are the runtime's own.
        private static bool HasStack(TraceMomentKind kind) => kind is TraceMomentKind.LockWaitBegin or TraceMomentKind.MonitorWaitBegin
            or TraceMomentKind.HandleWaitBegin or TraceMomentKind.Exception;

        private static TraceMoment? Read(in RuntimeEvent data) =>
            data.Id switch
            {
                RuntimeProvider.WorkerStop or RuntimeProvider.WorkerWait => Moment(data, TraceMomentKind.Idle),
                RuntimeProvider.ContentionStart => Moment(data, TraceMomentKind.LockWaitBegin, new ContentionStart(data).OwnerSystemId),
                RuntimeProvider.ContentionStop => Moment(data, TraceMomentKind.LockWaitEnd),
                RuntimeProvider.WaitHandleWaitStart =>
                    Moment(data, new WaitHandleWaitStart(data).IsMonitorWait ? TraceMomentKind.MonitorWaitBegin : TraceMomentKind.HandleWaitBegin),
                RuntimeProvider.WaitHandleWaitStop => Moment(data, TraceMomentKind.WaitEnd),
                RuntimeProvider.SuspendBegin => Moment(data, TraceMomentKind.StopBegin),
                RuntimeProvider.SuspendEnd => Moment(data, TraceMomentKind.StopComplete),
                RuntimeProvider.RestartBegin => Moment(data, TraceMomentKind.RestartBegin),
                RuntimeProvider.RestartEnd => Moment(data, TraceMomentKind.StopEnd),
                RuntimeProvider.CollectionStart => Describe(data, new CollectionStart(data)),
                RuntimeProvider.CollectionEnd => Moment(data, TraceMomentKind.CollectionEnd, new CollectionEnd(data).Count),
                RuntimeProvider.HeapStatistics => Moment(data, TraceMomentKind.HeapSize, new HeapStatistics(data).Size),
                RuntimeProvider.ExceptionThrown => Moment(data, TraceMomentKind.Exception, text: new ExceptionThrown(data).Text),
                _ => null,
            };

        private static TraceMoment Describe(in RuntimeEvent data, CollectionStart start) =>
            Moment(data, TraceMomentKind.CollectionBegin, start.Count, start.Description);

        private static TraceMoment Moment(in RuntimeEvent data, TraceMomentKind kind, long number = 0, string? text = null) =>
            new() { Kind = kind, Thread = data.SystemId, Timestamp = data.Timestamp, Number = number, Text = text };
    }
}
