using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>An event as it lies in the reader's buffers: valid only while the consumer's method runs.</summary>
internal readonly ref struct RuntimeEvent
{
    /// <summary>A stack that has so many frames may have been cut: the runtime writes down the innermost ones.</summary>
    public const int MaxFrames = 100;

    public required Guid ProviderId { get; init; }

    public required int Id { get; init; }

    public required ulong Keywords { get; init; }

    public required EventLevel Level { get; init; }

    /// <summary>The system's id of the thread that the event happened on.</summary>
    public required int SystemId { get; init; }

    /// <summary>When it happened, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public required long Timestamp { get; init; }

    /// <summary>What the event says; each file in <c>Events/</c> knows the layout of one.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Addresses inside the calls, leaf first. Empty for an event that carries no stack.</summary>
    public required ReadOnlySpan<nuint> Frames { get; init; }
}
