using System.Diagnostics;
using System.Diagnostics.Tracing;
using Pprof.Process;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;

namespace Pprof.Sources.Trace;

/// <summary>
/// Hears of collections from the runtime, on a thread of the runtime's that tells some time later, one after the other.
/// </summary>
internal sealed class CollectionListener : EventListener
{
    // The runtime hands events over every 10 ms or so.
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(100);

    private readonly TraceQueue _queue;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly DateTime _startTime = DateTime.UtcNow;

    /// <summary>Listens until it is disposed.</summary>
    public CollectionListener(TraceQueue queue)
    {
        _queue = queue;
        if (EventSource.GetSources().FirstOrDefault(static source => source.Name == RuntimeProvider.Name) is { } source)
        {
            EnableEvents(source, EventLevel.Informational, (EventKeywords)RuntimeProvider.CollectionKeyword);
        }
    }

    /// <summary>Completes when what has happened before the call has been told.</summary>
    public async Task<bool> FlushAsync()
    {
        await OwnClock.DelayAsync(s_delay, CancellationToken.None);
        return true;
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        TraceMoment? moment = eventData.EventId switch
        {
            RuntimeProvider.SuspendBegin => Moment(eventData, TraceMomentKind.StopBegin),
            RuntimeProvider.SuspendEnd => Moment(eventData, TraceMomentKind.StopComplete),
            RuntimeProvider.RestartBegin => Moment(eventData, TraceMomentKind.RestartBegin),
            RuntimeProvider.RestartEnd => Moment(eventData, TraceMomentKind.StopEnd),
            RuntimeProvider.CollectionStart => Moment(
                eventData, TraceMomentKind.CollectionBegin, Number(eventData, "Count"),
                CollectionStart.Describe((int)Number(eventData, "Depth"), (int)Number(eventData, "Reason"), (int)Number(eventData, "Type"))),
            RuntimeProvider.CollectionEnd => Moment(eventData, TraceMomentKind.CollectionEnd, Number(eventData, "Count")),
            _ => null,
        };
        if (moment is { } known)
        {
            _queue.Add(known, []);
        }
    }

    private static long Number(EventWrittenEventArgs data, string field) =>
        data.PayloadNames?.IndexOf(field) is { } index && index >= 0 ? Convert.ToInt64(data.Payload![index], System.Globalization.CultureInfo.InvariantCulture) : 0;

    private TraceMoment Moment(EventWrittenEventArgs data, TraceMomentKind kind, long number = 0, string? text = null) => new()
    {
        Kind = kind,
        Thread = 0,
        Timestamp = _start + (long)((data.TimeStamp - _startTime).TotalSeconds * Stopwatch.Frequency),
        Number = number,
        Text = text,
    };
}
