using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Where a thread stands: the payload of ThreadSample, as ep-sample-profiler.c of dotnet/runtime states it. What it was doing
/// (32 bits). The event carries the system's id of the thread that was sampled, not of the one that samples.
/// </summary>
internal readonly ref struct ThreadSample(in RuntimeEvent data)
{
    // EP_SAMPLE_PROFILER_SAMPLE_TYPE_MANAGED. Of an external one (1) the runtime does not know whether it waits.
    private const int Managed = 2;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>Whether the thread was in managed code when it was stopped: then it ran, or was ready to.</summary>
    public bool IsManaged => BinaryPrimitives.ReadInt32LittleEndian(_payload) == Managed;
}
