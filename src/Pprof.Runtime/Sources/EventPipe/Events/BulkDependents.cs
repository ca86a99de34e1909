using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Objects that live as long as others do: the payload of GCBulkRootConditionalWeakTableElementEdge, as ClrEtwAll.man of
/// dotnet/runtime states it. Index, count (32 bits each), runtime instance (16), then for each pair the address of the key,
/// that of the value, and where the handle is (64 each).
/// </summary>
internal readonly ref struct BulkDependents(in RuntimeEvent data)
{
    private const int CountOffset = 4;
    private const int FirstOffset = 10;
    private const int Stride = 24;
    private const int ValueOffset = 8;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The number of pairs.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload[CountOffset..]);

    /// <summary>Where the object was that the other depends on.</summary>
    public ulong Key(int index) => BinaryPrimitives.ReadUInt64LittleEndian(_payload[(FirstOffset + (index * Stride))..]);

    /// <summary>Where the other was.</summary>
    public ulong Value(int index) => BinaryPrimitives.ReadUInt64LittleEndian(_payload[(FirstOffset + (index * Stride) + ValueOffset)..]);
}
