using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>Events that a consumer asks for.</summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="ProviderId">The id under which its events arrive.</param>
/// <param name="Keywords">Keywords, of which an event must have one.</param>
/// <param name="Level">The most verbose level wanted.</param>
internal readonly record struct EventRequest(string Provider, Guid ProviderId, ulong Keywords, EventLevel Level)
{
    /// <summary>Events of the runtime itself.</summary>
    public static EventRequest Runtime(ulong keywords, EventLevel level = EventLevel.Informational) =>
        new(RuntimeProvider.Name, RuntimeProvider.Id, keywords, level);

    /// <summary>Whether this asks for <paramref name="data"/>.</summary>
    public bool Admits(in RuntimeEvent data) =>
        data.Level <= Level && (data.Keywords == 0 || (data.Keywords & Keywords) != 0) && data.ProviderId == ProviderId;
}
