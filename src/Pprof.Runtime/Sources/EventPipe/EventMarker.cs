using System.Buffers.Binary;
using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Marks a place in the stream of events: when a mark has come out of the stream, so has everything that happened
/// before it was written.
/// </summary>
[EventSource(Name = ProviderName)]
internal sealed class EventMarker : EventSource
{
    public const string ProviderName = "Pprof-Marker";

    public static readonly EventMarker Instance = new();

    public static readonly EventRequest Request = new(ProviderName, GetGuid(typeof(EventMarker)), ulong.MaxValue, EventLevel.Informational);

    private const int MarkId = 1;

    [Event(MarkId, Level = EventLevel.Informational)]
    public void Mark(long number) => WriteEvent(MarkId, number);

    /// <summary>The number of a mark, or null for any other event.</summary>
    [NonEvent]
    public static long? NumberOf(in RuntimeEvent data) =>
        data.Id == MarkId && data.ProviderId == Request.ProviderId ? BinaryPrimitives.ReadInt64LittleEndian(data.Payload) : null;
}
