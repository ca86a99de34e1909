using Pprof.Process;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Operations that only one thread can go on with, which waits: by its context, or by the scheduler of the task that it runs.
/// Most have what they awaited, and stand in a queue of that context or scheduler. One that has not yet is bound by what its
/// awaited task calls (<c>SynchronizationContextAwaitTaskContinuation</c>).
/// </summary>
internal sealed class BoundOperations
{
    private const string ExclusiveScheduler = "System.Threading.Tasks.ConcurrentExclusiveSchedulerPair+ConcurrentExclusiveTaskScheduler, System.Private.CoreLib";

    // Where fields have no names schedulers are not looked for.
    private static readonly int s_scheduler = ClassLibrary.Place(typeof(Task), "m_taskScheduler");
    private static readonly Type? s_exclusive = ManagedRuntime.IsCoreClr ? Type.GetType(ExclusiveScheduler) : null;
    private static readonly ulong s_exclusiveTable = ClassLibrary.MethodTable(s_exclusive);
    private static readonly int s_level = ClassLibrary.Place(s_exclusive, "m_maxConcurrencyLevel");

    private readonly HeapCopy _snapshot;
    private readonly MethodNames _types;
    private readonly TaskContinuations _continuations;
    private readonly ThreadContexts _contexts;
    private readonly Dictionary<AsyncOperation, (int Thread, ulong Queue)> _queued = [];

    /// <summary>Looks for those that stand in a queue.</summary>
    /// <param name="snapshot">The heap.</param>
    /// <param name="operations">The operations.</param>
    /// <param name="awaits">Tells whether they have what they awaited.</param>
    /// <param name="contexts">The contexts of threads.</param>
    /// <param name="runners">The tasks that threads run.</param>
    /// <param name="types">Names types.</param>
    public BoundOperations(
        HeapCopy snapshot, SuspendedOperations operations, AwaitDescriptions awaits, ThreadContexts contexts, TaskRunners runners, MethodNames types)
    {
        _snapshot = snapshot;
        _types = types;
        _contexts = contexts;
        _continuations = new TaskContinuations(snapshot);
        Dictionary<ulong, int> queues = contexts.All.ToDictionary(static context => context.Key, static context => context.Value.SystemId);
        foreach ((ulong task, int thread) in runners.Tasks)
        {
            if (SchedulerOf(task) is ulong scheduler and not 0)
            {
                queues.TryAdd(scheduler, thread);
            }
        }

        ContinuationSearch? search = null;
        foreach ((ulong queue, int thread) in queues)
        {
            search ??= new ContinuationSearch(snapshot, operations);
            foreach (AsyncOperation operation in search.From(queue))
            {
                // What stands in a queue and awaits nothing that has a reference was posted by its awaiter.
                if (operation.IsSuspended && ((operation.Awaited == 0 && operation.Shape.BareAwaiter is not null) || awaits.Of(operation) == AwaitedObject.Ready))
                {
                    _queued.TryAdd(operation, (thread, queue));
                }
            }
        }
    }

    /// <summary>The thread that alone can go on with an operation that has what it awaited, and the type of what binds it; null where there is none.</summary>
    public (int Thread, string Type)? OfQueued(AsyncOperation operation) =>
        _queued.TryGetValue(operation, out (int Thread, ulong Queue) bound) ? (bound.Thread, TypeOf(bound.Queue)) : null;

    /// <summary>The same of one that still awaits a task, which <see cref="AsyncOperation.Awaited"/> is.</summary>
    public (int Thread, string Type)? OfAwaiting(AsyncOperation operation)
    {
        if (ContextPlaces.Instance is not { AreOfContinuations: true } places)
        {
            return null;
        }

        foreach (ulong continuation in _continuations.Of(operation.Awaited))
        {
            ulong context = TableAt(continuation) == places.Continuation ? Word(continuation + (ulong)places.OfContinuation) : 0;
            if (_contexts.All.TryGetValue(context, out CopiedThread? thread)
                && Word(Word(continuation + (ulong)places.Action) + (ulong)places.Target) == operation.Address)
            {
                return (thread.SystemId, TypeOf(context));
            }
        }

        return null;
    }

    /// <summary>The scheduler of a task, if it runs one at a time; otherwise 0.</summary>
    private ulong SchedulerOf(ulong task)
    {
        ulong scheduler = s_scheduler < 0 || s_exclusiveTable == 0 || s_level < 0 ? 0 : Word(task + (ulong)s_scheduler);
        return scheduler != 0 && TableAt(scheduler) == s_exclusiveTable && _snapshot.Memory.Read<int>(scheduler + (ulong)s_level) == 1 ? scheduler : 0;
    }

    private string TypeOf(ulong address) => _types.TypeOf(TableAt(address));

    private ulong TableAt(ulong address) => Word(address) & ~7UL;

    private ulong Word(ulong address) => _snapshot.Memory.Read<ulong>(address);
}
