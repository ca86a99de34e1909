using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// What the sessions of this process, and listeners in it, have asked the runtime for, whoever they are: the class library's
/// part of the runtime's provider is told.
/// </summary>
internal static class RuntimeRequests
{
    private static EventSource? s_runtime;

    /// <summary>
    /// Whether one may have asked for this keyword. False is certain: what one has asked for that has ended is forgotten when
    /// all have, and who asks for everything seems to ask for this too.
    /// </summary>
    public static bool MayHave(ulong keyword)
    {
        s_runtime ??= EventSource.GetSources().FirstOrDefault(static source => source.Guid == RuntimeProvider.Id);
        return s_runtime?.IsEnabled(EventLevel.LogAlways, (EventKeywords)keyword) != false;
    }
}
