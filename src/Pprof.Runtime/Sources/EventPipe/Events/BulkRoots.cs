using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// What keeps objects alive: the payload of GCBulkRootEdge, as ClrEtwAll.man of dotnet/runtime states it. Index, count (32
/// bits each), runtime instance (16), then for each root the address of the object (64), a kind (8), flags (32) and where the
/// root is (64).
/// </summary>
internal readonly ref struct BulkRoots(in RuntimeEvent data)
{
    private const int CountOffset = 4;
    private const int FirstOffset = 10;
    private const int Stride = 21;
    private const int KindOffset = 8;
    private const int FlagsOffset = 9;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The number of roots.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload[CountOffset..]);

    /// <summary>Where the object was.</summary>
    public ulong Target(int index) => BinaryPrimitives.ReadUInt64LittleEndian(_payload[At(index)..]);

    /// <summary>What the root is.</summary>
    public BulkRootKind Kind(int index) => (BulkRootKind)_payload[At(index) + KindOffset];

    /// <summary>How it keeps the object.</summary>
    public BulkRootFlags Flags(int index) => (BulkRootFlags)BinaryPrimitives.ReadUInt32LittleEndian(_payload[(At(index) + FlagsOffset)..]);

    private static int At(int index) => FirstOffset + (index * Stride);
}
