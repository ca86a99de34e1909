namespace Pprof.Sources.EventPipe;

/// <summary>The class library's event provider that tells of the thread pool's queue.</summary>
internal static class FrameworkProvider
{
    public const string Name = "System.Diagnostics.Eventing.FrameworkEventSource";

    /// <summary>The id that readers make of the name.</summary>
    public static readonly Guid Id = new("55289187-7f82-5b3d-82d7-eb779e673075");

    /// <summary>ThreadPoolEnqueueWork and ThreadPoolDequeueWork, verbose.</summary>
    public const ulong ThreadPoolKeyword = 0x2;

    public const int WorkQueued = 30;
    public const int WorkTaken = 31;
}
