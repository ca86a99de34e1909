namespace Pprof.Sources.EventPipe;

/// <summary>The runtime's own event provider: the keywords and events of it that profiles are made from.</summary>
internal static class RuntimeProvider
{
    public const string Name = "Microsoft-Windows-DotNETRuntime";

    public static readonly Guid Id = new("e13c0d23-ccbc-4e12-931b-d9cc2eee27e4");

    /// <summary>
    /// Whether the runtime writes only the events whose ids are asked for. An older one writes all that have the keywords,
    /// and the others are left out when they are read.
    /// </summary>
    public static bool FiltersById => Environment.Version.Major >= 10;

    /// <summary>ContentionStart and ContentionStop, informational.</summary>
    public const ulong ContentionKeyword = 0x4000;

    /// <summary>WaitHandleWaitStart and WaitHandleWaitStop, verbose.</summary>
    public const ulong WaitHandleKeyword = 0x400_0000_0000;

    /// <summary>
    /// ThreadCreating and ThreadRunning, informational. The threading keyword (0x10000) has them too, but also the
    /// thread pool's own traffic.
    /// </summary>
    public const ulong ThreadTransferKeyword = 0x8000_0000;

    /// <summary>ThreadCreated and ThreadTerminated, informational.</summary>
    public const ulong AppDomainResourceKeyword = 0x800;

    /// <summary>AllocationSampled, informational, from .NET 10 on.</summary>
    public const ulong AllocationSamplingKeyword = 0x800_0000_0000;

    /// <summary>GCStart and GCEnd, GCSuspendEEBegin and End, GCRestartEEBegin and End, GCHeapStats, all informational; AllocationTick, verbose.</summary>
    public const ulong CollectionKeyword = 0x1;

    /// <summary>BulkTypes, informational.</summary>
    public const ulong TypeKeyword = 0x8_0000;

    /// <summary>BulkNodes, BulkEdges, BulkRoots, BulkDependents and BulkStatics, informational.</summary>
    public const ulong HeapDumpKeyword = 0x10_0000;

    /// <summary>SurvivingRanges, MovedRanges and GenerationRange, informational.</summary>
    public const ulong SurvivalKeyword = 0x40_0000;

    /// <summary>Who asks for it has the runtime collect garbage, and tell of the heap then.</summary>
    public const ulong HeapCollectKeyword = 0x80_0000;

    /// <summary>That types have names.</summary>
    public const ulong TypeNamesKeyword = 0x100_0000;

    /// <summary>ExceptionThrown, an error.</summary>
    public const ulong ExceptionKeyword = 0x8000;

    /// <summary>What the threads of the pool do, informational.</summary>
    public const ulong ThreadingKeyword = 0x1_0000;

    public const int CollectionStart = 1;
    public const int CollectionEnd = 2;
    public const int RestartEnd = 3;
    public const int HeapStatistics = 4;
    public const int RestartBegin = 7;
    public const int SuspendEnd = 8;
    public const int SuspendBegin = 9;
    public const int AllocationTick = 10;
    public const int BulkTypes = 15;
    public const int BulkRoots = 16;
    public const int BulkDependents = 17;
    public const int BulkNodes = 18;
    public const int BulkEdges = 19;
    public const int SurvivingRanges = 21;
    public const int MovedRanges = 22;
    public const int GenerationRange = 23;
    public const int BulkStatics = 38;
    public const int WorkerStop = 51;
    public const int WorkerWait = 57;
    public const int ThreadCreating = 70;
    public const int ExceptionThrown = 80;
    public const int ContentionStart = 81;
    public const int ThreadCreated = 85;
    public const int ContentionStop = 91;
    public const int WaitHandleWaitStart = 301;
    public const int WaitHandleWaitStop = 302;
    public const int AllocationSampled = 303;

    /// <summary>Whether an event tells of a garbage collection.</summary>
    public static bool IsCollection(in RuntimeEvent data) =>
        data.Id is CollectionStart or CollectionEnd or RestartEnd or HeapStatistics or RestartBegin or SuspendEnd or SuspendBegin && data.ProviderId == Id;
}
