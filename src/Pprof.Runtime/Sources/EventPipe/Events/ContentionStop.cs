using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A thread does not wait for a contended lock any more: the payload of ContentionStop_V1, as ClrEtwAll.man of
/// dotnet/runtime states it. Flags (8 bits), runtime instance (16), nanoseconds (double).
/// </summary>
internal readonly ref struct ContentionStop(in RuntimeEvent data)
{
    private const int DurationOffset = 3;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>How long it waited.</summary>
    public long Nanoseconds => (long)BinaryPrimitives.ReadDoubleLittleEndian(_payload[DurationOffset..]);
}
