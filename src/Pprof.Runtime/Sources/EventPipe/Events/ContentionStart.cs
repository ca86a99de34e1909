using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A thread begins to wait for a contended lock: the payload of ContentionStart_V2, as ClrEtwAll.man of dotnet/runtime
/// states it. Flags (8 bits), runtime instance (16), lock, object, owner (64 each).
/// </summary>
internal readonly ref struct ContentionStart(in RuntimeEvent data)
{
    private const int LockOffset = 3;
    private const int OwnerOffset = 19;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The lock, as the runtime names it.</summary>
    public long LockId => BinaryPrimitives.ReadInt64LittleEndian(_payload[LockOffset..]);

    /// <summary>The system's id of the thread that has the lock.</summary>
    public int OwnerSystemId => (int)BinaryPrimitives.ReadInt64LittleEndian(_payload[OwnerOffset..]);
}
