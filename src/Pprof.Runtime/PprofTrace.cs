using Pprof.Sources.Trace;

namespace Pprof;

/// <summary>
/// What the application says of itself in an execution trace (<c>/debug/pprof/trace</c>): operations, regions of code and
/// messages. While no trace is under way all of it does nothing, and costs next to nothing. Safe for concurrent use.
/// </summary>
/// <remarks>Activities (<see cref="System.Diagnostics.ActivitySource"/>), requests among them, are operations without this.</remarks>
public static class PprofTrace
{
    // Outlives its trace in what was begun inside it.
    private static readonly AsyncLocal<long> s_task = new();

    /// <summary>Whether a trace is under way.</summary>
    public static bool IsEnabled => ApplicationTrace.Current is not null;

    /// <summary>
    /// Begins an operation, which may go on on other threads and ends when the result is disposed. What the same flow of control
    /// does meanwhile is part of it: <c>using (PprofTrace.Task("Import")) { … }</c>. <c>go tool trace</c> shows how long operations
    /// of one name took.
    /// </summary>
    /// <param name="name">What kind of operation it is; of few values, as a route is.</param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public static PprofTraceTask Task(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (ApplicationTrace.Current is not { } trace)
        {
            return default;
        }

        long number = ApplicationTrace.NewTask();
        long outer = s_task.Value;
        trace.Add(TraceMomentKind.TaskBegin, number, trace.PartOf(outer), name);
        s_task.Value = number;
        return new PprofTraceTask(number, outer);
    }

    /// <summary>
    /// Begins a region of code, which ends on the same thread, when the result is disposed. Regions that begin in it end in it.
    /// Where the method awaits in between, it ends with the work that the thread had until then.
    /// </summary>
    /// <param name="name">The name of the region; of few values.</param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public static PprofTraceRegion Region(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (ApplicationTrace.Current is not { } trace)
        {
            return default;
        }

        trace.Add(TraceMomentKind.RegionBegin, trace.PartOf(s_task.Value), text: name);
        return new PprofTraceRegion(name);
    }

    /// <summary>Writes a message into the trace.</summary>
    /// <param name="category">What it is about; of few values.</param>
    /// <param name="message">The message, up to 4,096 bytes of UTF-8.</param>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    public static void Log(string category, string message)
    {
        ArgumentNullException.ThrowIfNull(category);
        ArgumentNullException.ThrowIfNull(message);
        if (ApplicationTrace.Current is { } trace)
        {
            trace.Add(TraceMomentKind.Log, trace.PartOf(s_task.Value), text: category, detail: message);
        }
    }

    internal static void EndTask(long number, long outer)
    {
        s_task.Value = outer;
        ApplicationTrace.Current?.Add(TraceMomentKind.TaskEnd, number);
    }

    internal static void EndRegion(string name) => ApplicationTrace.Current?.Add(TraceMomentKind.RegionEnd, 0, text: name);
}
