using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Allocations.Callback;

/// <summary>
/// Whether a session of events has asked for a collection of all garbage, as dotnet-gcdump does. While it has, the runtime
/// collects, and tells of the whole heap, whenever any session begins.
/// </summary>
internal static class CollectionRequests
{
    private static EventSource? s_runtime;

    /// <summary>
    /// Whether none has, as far as can be known: what one has asked for that has ended is forgotten when all have, and
    /// somebody who asks for everything seems to ask for this too.
    /// </summary>
    public static bool AreNone
    {
        get
        {
            // The class library's part of the runtime's provider, which is told what is asked of it.
            s_runtime ??= EventSource.GetSources().FirstOrDefault(static source => source.Guid == RuntimeProvider.Id);
            return s_runtime?.IsEnabled(EventLevel.LogAlways, (EventKeywords)RuntimeProvider.HeapCollectKeyword) == false;
        }
    }
}
