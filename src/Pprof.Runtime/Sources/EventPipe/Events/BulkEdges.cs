using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// References from objects to objects: the payload of GCBulkEdge, as ClrEtwAll.man of dotnet/runtime states it. Index, count
/// (32 bits each), runtime instance (16), then for each reference the address of the object (64) and a field (32), which is
/// always 0.
/// </summary>
internal readonly ref struct BulkEdges(in RuntimeEvent data)
{
    private const int CountOffset = 4;
    private const int FirstOffset = 10;
    private const int Stride = 12;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The number of references.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload[CountOffset..]);

    /// <summary>Where the object was.</summary>
    public ulong Target(int index) => BinaryPrimitives.ReadUInt64LittleEndian(_payload[(FirstOffset + (index * Stride))..]);
}
