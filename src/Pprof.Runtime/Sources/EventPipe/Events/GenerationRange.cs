using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A range of memory that belongs to a generation as a collection begins: the payload of GCGenerationRange, as ClrEtwAll.man of
/// dotnet/runtime states it. Generation (8 bits), start, length that is in use, length that is reserved (64 each), runtime
/// instance (16).
/// </summary>
internal readonly ref struct GenerationRange(in RuntimeEvent data)
{
    private const int StartOffset = 1;
    private const int LengthOffset = 9;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The generation: 0 to 2, 3 for large objects, 4 for the heap for pinned objects.</summary>
    public int Generation => _payload[0];

    /// <summary>Where the range begins.</summary>
    public ulong Start => BinaryPrimitives.ReadUInt64LittleEndian(_payload[StartOffset..]);

    /// <summary>The bytes of it that are in use.</summary>
    public ulong Length => BinaryPrimitives.ReadUInt64LittleEndian(_payload[LengthOffset..]);
}
