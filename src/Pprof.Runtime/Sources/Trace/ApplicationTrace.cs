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
    private const string RequestName = "Microsoft.AspNetCore.Hosting.HttpRequestIn";
    private const string NameProperty = "Pprof.TraceTaskName";

    private static volatile ApplicationTrace? s_current;
    private static long s_lastTask;

    private readonly TraceQueue _queue;
    private readonly ActivityListener? _activities;
    private readonly ActivityThinning? _thinning;
    private readonly long _lastBefore = Interlocked.Read(ref s_lastTask);

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="queue">Gets what is said.</param>
    /// <param name="thinning">Which activities are wanted; null where none is.</param>
    public ApplicationTrace(TraceQueue queue, ActivityThinning? thinning)
    {
        _queue = queue;
        _thinning = thinning;
        s_current = this;
        if (thinning is null)
        {
            return;
        }

        _activities = new ActivityListener
        {
            // ASP.NET Core makes activities by itself, which cost a request less than those that it is asked for. Where it has
            // to make the others anyway, they are heard.
            ShouldListenTo = static source => IsHeard(source) && (source.Name != RequestSource || source.HasListeners()),
            Sample = Sample,
            ActivityStarted = Started,
            ActivityStopped = Stopped,
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>The one of the trace that is under way; null while there is none.</summary>
    public static ApplicationTrace? Current => s_current;

    /// <summary>Which activities are drawn, from now on.</summary>
    public static ActivityThinning NewThinning() => new(Stopwatch.GetTimestamp(), static activity => IsHeard(activity.Source));

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

    private static bool IsHeard(ActivitySource source) => !source.Name.StartsWith(ExperimentalPrefix, StringComparison.Ordinal);

    private static string NameOf(Activity activity)
    {
        if (activity.GetCustomProperty(NameProperty) is TraceTaskName name)
        {
            // Whoever keeps the activity must not keep what it is about.
            activity.SetCustomProperty(NameProperty, null);
            return name.Read();
        }

        // As the conventions of OpenTelemetry name them.
        if (activity.GetTagItem("http.route") is string route)
        {
            return activity.GetTagItem("http.request.method") is string method ? $"{method} {route}" : route;
        }

        return activity.DisplayName;
    }

    /// <summary>The number of the activity that one is part of; 0 where there is none in this process.</summary>
    private static long OuterOf(Activity activity) =>
        activity.HasRemoteParent || (activity.OperationName == RequestName && activity.Parent is null) ? 0 : NumberOf(activity.ParentSpanId);

    /// <summary>Whether an activity is to be made. Its tags are wanted for its name.</summary>
    private ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
    {
        if (options.Source.Name == RequestSource)
        {
            return ActivitySamplingResult.None;
        }

        Activity? outer = Activity.Current is { } current && current.SpanId == options.Parent.SpanId ? current : null;
        return _thinning!.Takes(outer, options.TraceId) ? ActivitySamplingResult.AllData

            // By those that are not drawn what is inside of them is known.
            : outer is null ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.None;
    }

    private void Started(Activity activity)
    {
        if (!_thinning!.Begins(activity))
        {
            return;
        }

        if (activity.OperationName == RequestName && TraceTaskName.Take() is { } name)
        {
            activity.SetCustomProperty(NameProperty, name);
        }

        Add(TraceMomentKind.ActivityBegin, NumberOf(activity.SpanId), OuterOf(activity), activity.DisplayName, activity.OperationName);
    }

    private void Stopped(Activity activity)
    {
        if (ActivityThinning.IsDrawn(activity))
        {
            Add(TraceMomentKind.ActivityEnd, NumberOf(activity.SpanId), text: NameOf(activity), detail: activity.OperationName);
        }
    }
}
