using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Work is queued, or taken out of the queue: the payload of ThreadPoolEnqueueWork and ThreadPoolDequeueWork, as
/// FrameworkEventSource.cs of dotnet/runtime states it. The hash code of the object (64 bits).
/// </summary>
internal readonly ref struct ThreadPoolWork(in RuntimeEvent data)
{
    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The hash code of the work item, the same each time that it is queued.</summary>
    public long HashCode => BinaryPrimitives.ReadInt64LittleEndian(_payload);
}
