using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A garbage collection has ended: the payload of GCEnd_V1, as ClrEtwAll.man of dotnet/runtime states it. Count, depth (32 bits
/// each), runtime instance (16).
/// </summary>
internal readonly ref struct CollectionEnd(in RuntimeEvent data)
{
    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The number of the collection, as its start had it.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload);
}
