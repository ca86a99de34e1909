using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A thread runs: the payload of ThreadCreated, as ClrEtwAll.man of dotnet/runtime states it. Id, domain (64 bits each),
/// flags, index, the system's id (32 each), runtime instance (16).
/// </summary>
internal readonly ref struct ThreadCreated(in RuntimeEvent data)
{
    private const int IdOffset = 0;
    private const int SystemIdOffset = 24;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The runtime's id, the same as in <see cref="ThreadCreating"/>.</summary>
    public long RuntimeId => BinaryPrimitives.ReadInt64LittleEndian(_payload[IdOffset..]);

    /// <summary>The system's id.</summary>
    public int SystemId => BinaryPrimitives.ReadInt32LittleEndian(_payload[SystemIdOffset..]);
}
