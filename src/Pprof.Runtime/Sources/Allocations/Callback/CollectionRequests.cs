using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Allocations.Callback;

/// <summary>
/// Whether a session of events has asked for a collection of all garbage, as dotnet-gcdump does. While it has, the runtime
/// collects, and tells of the whole heap, whenever any session begins.
/// </summary>
internal static class CollectionRequests
{
    /// <summary>Whether none has, as far as can be known.</summary>
    public static bool AreNone => !RuntimeRequests.MayHave(RuntimeProvider.HeapCollectKeyword);
}
