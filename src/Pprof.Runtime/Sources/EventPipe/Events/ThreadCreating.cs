using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A thread creates another: the payload of ThreadCreating, as ClrEtwAll.man of dotnet/runtime states it. Id (64 bits),
/// runtime instance (16).
/// </summary>
internal readonly ref struct ThreadCreating(in RuntimeEvent data)
{
    private const int IdOffset = 0;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The runtime's id of the new thread.</summary>
    public long RuntimeId => BinaryPrimitives.ReadInt64LittleEndian(_payload[IdOffset..]);
}
