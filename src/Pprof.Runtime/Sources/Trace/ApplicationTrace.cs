using System.Diagnostics;
using Pprof.Process;
using Pprof.Profiles;

namespace Pprof.Sources.Trace;

/// <summary>
/// What the application itself says that it does: its tasks, regions and messages, and its activities. There is at most one
/// trace at a time that listens.
/// </summary>
internal sealed class ApplicationTrace : IDisposable
{
    // Of the class library's: each connection and each look-up of a name, whoever makes it.
    private const string ExperimentalPrefix = "Experimental.";
    private const string RequestSource = "Microsoft.AspNetCore";

    private static volatile ApplicationTrace? s_current;
    private static long s_lastTask;

    private readonly TraceQueue _queue;
    private readonly ActivityListener? _activities;
    private readonly ActivityThinning _thinning = new();
    private readonly long _lastBefore = Interlocked.Read(ref s_lastTask);

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="queue">Gets what is said.</param>
    /// <param name="hasActivities">Whether activities are wanted.</param>
    public ApplicationTrace(TraceQueue queue, bool hasActivities = true)
    {
        _queue = queue;
        s_current = this;
        if (!hasActivities)
        {
            return;
        }

        _activities = new ActivityListener
        {
            ShouldListenTo = static source => !source.Name.StartsWith(ExperimentalPrefix, StringComparison.Ordinal),

            // The route of a request that is made is among the data of its activity; that of one that is served comes otherwise.
            Sample = static (ref options) => options.Source.Name == RequestSource ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.AllData,
            ActivityStarted = Started,
            ActivityStopped = Stopped,
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>The one of the trace that is under way; null while there is none.</summary>
    public static ApplicationTrace? Current => s_current;

    /// <summary>One in so many requests is told of by now, with all that is part of it.</summary>
    public int OneIn => _thinning.OneIn;

    /// <summary>A number for a task of the application's. The numbers of activities are random; these are small.</summary>
    public static long NewTask() => Interlocked.Increment(ref s_lastTask);

    /// <summary>
    /// What is said now is part of: <paramref name="task"/>, if that began in this trace, or else the activity that goes on in
    /// the current flow of control; 0 where there is neither.
    /// </summary>
    public long PartOf(long task) => task > _lastBefore ? task : Activity.Current is { } activity ? NumberOf(activity.SpanId) : 0;

    /// <summary>Takes what happens now on the current thread.</summary>
    public void Add(TraceMomentKind kind, long number, long other = 0, string? text = null, string? detail = null) => _queue.Add(
        new TraceMoment
        {
            Kind = kind,
            Thread = SystemThreads.CurrentId,
            Timestamp = Stopwatch.GetTimestamp(),
            Number = number,
            Other = other,
            Text = text,
            Detail = detail,
        },
        []);

    /// <inheritdoc/>
    public void Dispose()
    {
        s_current = null;
        _activities?.Dispose();
    }

    private static long NumberOf(ActivitySpanId id)
    {
        Span<byte> bytes = stackalloc byte[8];
        id.CopyTo(bytes);
        return BitConverter.ToInt64(bytes);
    }

    private static string NameOf(Activity activity)
    {
        if (TraceTaskName.Take(activity) is { } request)
        {
            return request;
        }

        // As the conventions of OpenTelemetry name them.
        if (activity.GetTagItem("http.route") is string route)
        {
            return activity.GetTagItem("http.request.method") is string method ? $"{method} {route}" : route;
        }

        return activity.DisplayName;
    }

    private void Started(Activity activity)
    {
        if (_thinning.Begins(activity))
        {
            Add(
                TraceMomentKind.ActivityBegin, NumberOf(activity.SpanId), activity.HasRemoteParent ? 0 : NumberOf(activity.ParentSpanId), activity.DisplayName,
                activity.OperationName);
        }
    }

    private void Stopped(Activity activity)
    {
        if (_thinning.IsDrawn(activity))
        {
            Add(TraceMomentKind.ActivityEnd, NumberOf(activity.SpanId), text: NameOf(activity), detail: activity.OperationName);
        }
    }
}
