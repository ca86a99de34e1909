namespace Pprof.Profiles;

/// <summary>
/// How an activity's better name comes to the trace from those who know what it is about: on the thread that starts the
/// activity, right before it does. They are asked for the name when it ends, and only where it is drawn.
/// </summary>
internal sealed class TraceTaskName
{
    [ThreadStatic]
    private static object? s_next;

    [ThreadStatic]
    private static IActivityNames? s_namesOfNext;

    private readonly object _about;
    private readonly IActivityNames _names;

    private TraceTaskName(object about, IActivityNames names) => (_about, _names) = (about, names);

    /// <summary>The activity that starts next on this thread is about something.</summary>
    public static void Announce(object about, IActivityNames names) => (s_next, s_namesOfNext) = (about, names);

    /// <summary>What has been announced on this thread has started by now, or will not.</summary>
    public static void Forget() => s_next = null;

    /// <summary>What has been announced; null where nothing has.</summary>
    public static TraceTaskName? Take() => s_next is { } about ? new TraceTaskName(about, s_namesOfNext!) : null;

    /// <summary>The name.</summary>
    public string Read() => _names.NameOf(_about);
}
