using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Ranges of memory whose objects a collection has found alive: the payloads of GCBulkSurvivingObjectRanges, of which all stay
/// where they are, and of GCBulkMovedObjectRanges, as ClrEtwAll.man of dotnet/runtime states them. Index, count (32 bits each),
/// runtime instance (16), then for each range its start, where that has moved only the new start, and its length in bytes
/// (64 each).
/// </summary>
internal readonly ref struct LivingRanges(in RuntimeEvent data)
{
    private const int CountOffset = 4;
    private const int FirstOffset = 10;
    private const int Word = sizeof(ulong);

    private readonly ReadOnlySpan<byte> _payload = data.Payload;
    private readonly int _words = data.Id == RuntimeProvider.MovedRanges ? 3 : 2;

    /// <summary>The number of ranges.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload[CountOffset..]);

    /// <summary>Where a range was when the collection began.</summary>
    public ulong Start(int index) => Read(index, 0);

    /// <summary>Where it is afterwards.</summary>
    public ulong NewStart(int index) => Read(index, _words - 2);

    /// <summary>Its length.</summary>
    public ulong Length(int index) => Read(index, _words - 1);

    private ulong Read(int index, int word) => BinaryPrimitives.ReadUInt64LittleEndian(_payload[(FirstOffset + (((index * _words) + word) * Word))..]);
}
