using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// What a garbage collection has left: the payload of GCHeapStats_V2, as ClrEtwAll.man of dotnet/runtime states it. Size and
/// promoted bytes (64 bits each) of generations 0 to 3, then more; of the pinned objects after the runtime instance.
/// </summary>
internal readonly ref struct HeapStatistics(in RuntimeEvent data)
{
    private const int Generations = 4;
    private const int GenerationSize = 16;
    private const int PinnedSizeOffset = 94;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The bytes of all generations.</summary>
    public long Size
    {
        get
        {
            long size = _payload.Length >= PinnedSizeOffset + sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(_payload[PinnedSizeOffset..]) : 0;
            for (int i = 0; i < Generations; i++)
            {
                size += BinaryPrimitives.ReadInt64LittleEndian(_payload[(i * GenerationSize)..]);
            }

            return size;
        }
    }
}
