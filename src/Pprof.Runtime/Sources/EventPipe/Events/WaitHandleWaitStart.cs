namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A thread begins to wait: the payload of WaitHandleWaitStart, as ClrEtwAll.man of dotnet/runtime states it. Source (8 bits),
/// object (64), runtime instance (16).
/// </summary>
internal readonly ref struct WaitHandleWaitStart(in RuntimeEvent data)
{
    private const byte MonitorWait = 1;

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>Whether it waits for the pulse of a monitor.</summary>
    public bool IsMonitorWait => _payload[0] == MonitorWait;
}
