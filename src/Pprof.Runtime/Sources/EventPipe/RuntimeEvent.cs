using System.Buffers.Binary;
using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>An event as it lies in the reader's buffer: valid only while the consumer's method runs.</summary>
internal readonly ref struct RuntimeEvent
{
    public required Guid ProviderId { get; init; }

    public required int Id { get; init; }

    public required ulong Keywords { get; init; }

    public required EventLevel Level { get; init; }

    /// <summary>The operating system's id of the thread that the event happened on.</summary>
    public required int ThreadId { get; init; }

    /// <summary>When it happened, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public required long Timestamp { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Return addresses, leaf first. Empty for an event that carries no stack.</summary>
    public required ReadOnlySpan<nuint> Stack { get; init; }

    public long ReadInt64(int offset) => BinaryPrimitives.ReadInt64LittleEndian(Payload[offset..]);

    public double ReadDouble(int offset) => BinaryPrimitives.ReadDoubleLittleEndian(Payload[offset..]);

    public int ReadInt32(int offset) => BinaryPrimitives.ReadInt32LittleEndian(Payload[offset..]);
}
