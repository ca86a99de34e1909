using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Objects of the heap, in the order of their addresses within a region: the payload of GCBulkNode, as ClrEtwAll.man of
/// dotnet/runtime states it. Index, count (32 bits each), runtime instance (16), then for each object its address, its size,
/// its type and the number of its references (64 each).
/// </summary>
internal readonly ref struct BulkNodes(in RuntimeEvent data)
{
    private const int CountOffset = 4;
    private const int FirstOffset = 10;
    private const int Stride = 32;
    private const int SizeOffset = 8;
    private const int TypeOffset = 16;
    private const int ReferencesOffset = 24;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The number of objects.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload[CountOffset..]);

    /// <summary>Where an object was.</summary>
    public ulong Address(int index) => Word(index, 0);

    /// <summary>Its size in bytes, not rounded up.</summary>
    public ulong Size(int index) => Word(index, SizeOffset);

    /// <summary>The runtime's identity of its type.</summary>
    public ulong Type(int index) => Word(index, TypeOffset);

    /// <summary>The number of its references, which are the next in the order of the edges.</summary>
    public int References(int index) => (int)Word(index, ReferencesOffset);

    private ulong Word(int index, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(_payload[(FirstOffset + (index * Stride) + offset)..]);
}
