namespace Pprof.Sources.EventPipe;

/// <summary>The class library's event provider that tells of the thread pool's queue.</summary>
internal static class FrameworkProvider
{
    public const string Name = "System.Diagnostics.Eventing.FrameworkEventSource";

    /// <summary>ThreadPoolEnqueueWork and ThreadPoolDequeueWork, verbose. Each has the hash code of the object, the same each time.</summary>
    public const ulong ThreadPoolKeyword = 0x2;

    public const int WorkQueued = 30;
    public const int WorkTaken = 31;
}
