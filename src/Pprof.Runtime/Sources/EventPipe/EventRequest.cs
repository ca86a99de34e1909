using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>Events that a consumer asks for.</summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="ProviderId">The id under which its events arrive.</param>
/// <param name="Keywords">Keywords, of which an event must have one.</param>
/// <param name="Level">The most verbose level wanted.</param>
/// <param name="Ids">The events wanted, of those that have one of the keywords.</param>
internal readonly record struct EventRequest(string Provider, Guid ProviderId, ulong Keywords, EventLevel Level, EventIds Ids = default)
{
    /// <summary>Events of the runtime itself.</summary>
    public static EventRequest Runtime(ulong keywords, EventLevel level, params IEnumerable<int> ids) =>
        new(RuntimeProvider.Name, RuntimeProvider.Id, keywords, level, EventIds.Only(ids));

    /// <summary>Whether this asks for <paramref name="data"/>.</summary>
    public bool Admits(in RuntimeEvent data) =>
        data.Level <= Level && (data.Keywords == 0 || (data.Keywords & Keywords) != 0) && data.ProviderId == ProviderId && Ids.Contains(data.Id);
}
