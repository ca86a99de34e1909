using Pprof.Process;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>The queues of the thread pool, the queues of timers, the locks, the semaphores and the threads that are in a heap.</summary>
/// <param name="snapshot">The heap.</param>
internal sealed class KnownObjects(HeapCopy snapshot)
{
    private const int MaxObjects = 1 << 18;

    /// <summary>The type of the thread pool's queue.</summary>
    public static readonly Type? PoolType = Type.GetType("System.Threading.ThreadPoolWorkQueue, System.Private.CoreLib");

    /// <summary>The type of a queue that one thread of the pool has for itself.</summary>
    public static readonly Type? LocalType = Type.GetType("System.Threading.ThreadPoolWorkQueue+WorkStealingQueue, System.Private.CoreLib");

    /// <summary>The type of a queue of timers.</summary>
    public static readonly Type? TimersType = TimerTypes.Queue;

    /// <summary>The type of a timer that is in such a queue.</summary>
    public static readonly Type? TimerType = TimerTypes.Timer;

    // Where fields have names the queues lead to them.
    private static readonly ulong s_timer = ManagedRuntime.IsCoreClr ? 0 : ClassLibrary.MethodTable(TimerType);
    private static readonly ulong s_pool = ClassLibrary.MethodTable(PoolType);
    private static readonly ulong s_local = ClassLibrary.MethodTable(LocalType);
    private static readonly ulong s_timers = ClassLibrary.MethodTable(TimersType);
    private static readonly ulong s_semaphore = ClassLibrary.MethodTable(typeof(SemaphoreSlim));
    private static readonly ulong s_lock = ClassLibrary.MethodTable(typeof(Lock));
    private static readonly ulong s_thread = ClassLibrary.MethodTable(typeof(Thread));

    /// <summary>The queue of the thread pool.</summary>
    public List<ulong> Pools { get; } = [];

    /// <summary>The queues that threads of the pool have for themselves.</summary>
    public List<ulong> Locals { get; } = [];

    /// <summary>The queues of timers.</summary>
    public List<ulong> Timers { get; } = [];

    /// <summary>The timers, in a NativeAOT program; those that are in no queue too.</summary>
    public List<ulong> SingleTimers { get; } = [];

    /// <summary>The semaphores.</summary>
    public List<ulong> Semaphores { get; } = [];

    /// <summary>The locks of the type <see cref="Lock"/>.</summary>
    public List<ulong> Locks { get; } = [];

    /// <summary>The class library's objects for threads.</summary>
    public List<ulong> Threads { get; } = [];

    /// <summary>Whether objects of a type are of interest.</summary>
    public bool IsWanted(ulong methodTable) => ListOf(methodTable) is not null;

    /// <summary>Takes those that are of interest from objects of any types.</summary>
    public void Take(ReadOnlySpan<nuint> addresses)
    {
        foreach (nuint address in addresses)
        {
            if (ListOf(snapshot.Memory.Read<ulong>(address) & ~7UL) is { } list && list.Count < MaxObjects)
            {
                list.Add(address);
            }
        }
    }

    private List<ulong>? ListOf(ulong methodTable) =>
        methodTable == 0 ? null
        : methodTable == s_semaphore ? Semaphores
        : methodTable == s_lock ? Locks
        : methodTable == s_pool ? Pools
        : methodTable == s_local ? Locals
        : methodTable == s_timers ? Timers
        : methodTable == s_timer ? SingleTimers
        : methodTable == s_thread ? Threads
        : null;
}
