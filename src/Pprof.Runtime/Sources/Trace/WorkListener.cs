using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Trace;

/// <summary>
/// Hears of the thread pool's queue and of asynchronous methods, on the thread that does something with them: the events of the
/// class library's own sources come at once, without a stream and without a stack.
/// </summary>
internal sealed class WorkListener : EventListener
{
    private readonly WorkLog _log;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="log">Gets what is heard.</param>
    /// <param name="content">What is wanted.</param>
    public WorkListener(WorkLog log, TraceContent content)
    {
        _log = log;
        foreach (EventSource source in EventSource.GetSources())
        {
            if (source.Name == FrameworkProvider.Name && content.HasFlag(TraceContent.Work))
            {
                EnableEvents(source, EventLevel.Verbose, (EventKeywords)FrameworkProvider.ThreadPoolKeyword);
            }
            else if (source.Name == TaskProvider.Name && content.HasFlag(TraceContent.Async))
            {
                EnableEvents(source, EventLevel.Informational, (EventKeywords)(TaskProvider.OperationKeyword | TaskProvider.SynchronousWorkKeyword));
            }
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.Payload is [long hashCode, ..])
        {
            if (eventData.EventId is FrameworkProvider.WorkQueued or FrameworkProvider.WorkTaken)
            {
                _log.Add(eventData.EventId == FrameworkProvider.WorkQueued ? TraceMomentKind.Queued : TraceMomentKind.Taken, (int)hashCode);
            }

            return;
        }

        switch (eventData.EventId, eventData.Payload)
        {
            case (TaskProvider.OperationBegin, [int task, string name, ..]) when name.StartsWith(TaskProvider.AsyncPrefix, StringComparison.Ordinal):
                _log.Add(TraceMomentKind.OperationBegin, task, name);
                break;
            case (TaskProvider.OperationEnd, [int task, ..]):
                _log.Add(TraceMomentKind.OperationEnd, task);
                break;
            case (TaskProvider.WorkBegin, [int task, ..]):
                _log.Add(TraceMomentKind.OperationEnter, task);
                break;
            case (TaskProvider.WorkEnd, _):
                _log.Add(TraceMomentKind.OperationLeave, 0);
                break;
        }
    }
}
