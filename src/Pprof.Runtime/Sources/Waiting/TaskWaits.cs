using Pprof.Profiles;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Threads that wait for a task, or for several. Each has an event of its own that a task sets when it completes: what leads to
/// an event that is on the stack of a thread is what the thread waits for.
/// </summary>
internal sealed class TaskWaits
{
    // Which of its methods waits depends on what the compiler has inlined.
    private const string Waits = "System.Threading.Tasks.Task";
    private const int MaxDepth = 64;

    private const string WhenAny = "System.Threading.Tasks.Task.WhenAny";

    // A host that runs waits here until somebody stops it, and the main thread of its program waits for that.
    private const string RunningHost = "Microsoft.Extensions.Hosting.HostingAbstractionsHostExtensions.WaitForShutdownAsync";

    private static readonly ulong s_countdown = ClassLibrary.MethodTable(Type.GetType("System.Threading.Tasks.Task+SetOnCountdownMres, System.Private.CoreLib"));
    private static readonly ulong s_list = ClassLibrary.MethodTable(typeof(List<Task>));
    private static readonly ulong s_event = ClassLibrary.MethodTable(Type.GetType("System.Threading.Tasks.Task+SetOnInvokeMres, System.Private.CoreLib"));

    private readonly HeapCopy _snapshot;
    private readonly CopiedThreads _threads;
    private readonly SuspendedOperations _operations;
    private readonly OperationFrames _frames;
    private readonly AwaitDescriptions _awaits;
    private readonly MethodNames _methods;
    private readonly HashSet<ulong> _queued;
    private readonly Func<TaskRunners, BoundOperations> _bind;
    private readonly TaskContinuations _continuations;

    // By what they lead to.
    private readonly Dictionary<ulong, ulong> _queuedTasks = [];
    private readonly HashSet<ulong> _taskTypes = [];
    private readonly HashSet<ulong> _anyTypes = [];
    private readonly HashSet<ulong> _sourceTypes = [];

    /// <summary>Looks at the threads of a copy.</summary>
    /// <param name="snapshot">The heap.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="operations">The operations.</param>
    /// <param name="frames">Names operations.</param>
    /// <param name="awaits">Names what they await.</param>
    /// <param name="methods">Names what tasks call.</param>
    /// <param name="queued">The work items that the thread pool has queued.</param>
    /// <param name="bind">Finds the operations that only one thread can go on with.</param>
    public TaskWaits(
        HeapCopy snapshot,
        CopiedThreads threads,
        SuspendedOperations operations,
        OperationFrames frames,
        AwaitDescriptions awaits,
        MethodNames methods,
        HashSet<ulong> queued,
        Func<TaskRunners, BoundOperations> bind)
    {
        _snapshot = snapshot;
        _threads = threads;
        _operations = operations;
        _frames = frames;
        _awaits = awaits;
        _methods = methods;
        _queued = queued;
        _bind = bind;
        _continuations = new TaskContinuations(snapshot);
    }

    /// <summary>Adds them.</summary>
    public void Read(WaitGraph graph)
    {
        List<(CopiedThread Thread, int Frame)> waiting =
            [.. _threads.Waiting.Select(static thread => (thread, thread.FindWaiting(Waits))).Where(static found => found.Item2 >= 0)];
        if (waiting.Count == 0 || s_event == 0 || !TaskContinuations.AreKnown)
        {
            return;
        }

        ReadTypes();
        ReadQueued();
        var runners = new TaskRunners(_snapshot, _threads, _operations, IsTask);
        BoundOperations bound = _bind(runners);
        foreach ((CopiedThread thread, int frame) in waiting)
        {
            TaskWait? wait = Find(thread, frame) is { } found
                ? Describe(thread, frame, found.Task, found.Event, runners, bound)
                : OfMany([.. FindAll(thread, frame).Select(task => Describe(thread, frame, task, 0, runners, bound))]);
            if (wait is not null && !IsOfRunningHost(wait))
            {
                graph.TaskWaits.Add(wait);
            }
        }
    }

    private void ReadTypes()
    {
        foreach ((ulong methodTable, Type type) in _snapshot.KnownTypes)
        {
            if (typeof(Task).IsAssignableFrom(type))
            {
                _taskTypes.Add(methodTable);
                if (type.FullName is { } name && (name.Contains("WhenAnyPromise", StringComparison.Ordinal) || name.Contains("CompleteOnInvokePromise", StringComparison.Ordinal)))
                {
                    _anyTypes.Add(methodTable);
                }
            }
            else if (typeof(CancellationTokenSource).IsAssignableFrom(type))
            {
                _sourceTypes.Add(methodTable);
            }
        }
    }

    private void ReadQueued()
    {
        foreach (ulong item in _queued)
        {
            if (IsTask(item))
            {
                foreach (ulong end in _operations.Follow(item).Others)
                {
                    _queuedTasks.TryAdd(end, item);
                }
            }
        }
    }

    private bool IsTask(ulong address) =>
        _taskTypes.Contains(CopiedWords.TableOf(_snapshot, address));

    /// <summary>The task that a thread waits for, and the event; null where that is not certain.</summary>
    private (ulong Task, ulong Event)? Find(CopiedThread thread, int frame)
    {
        ReadOnlySpan<nuint> words = thread.StackUpTo(frame);
        foreach (nuint word in words)
        {
            if (IsOf(word, s_event))
            {
                foreach (nuint task in words)
                {
                    if (IsTask(task) && Sets(task, word))
                    {
                        return (task, word);
                    }
                }
            }
        }

        return null;
    }

    /// <summary>The tasks for all of which a thread waits, that have not completed; of <c>Task.WaitAll</c>.</summary>
    private List<ulong> FindAll(CopiedThread thread, int frame)
    {
        ReadOnlySpan<nuint> words = thread.StackUpTo(frame);
        foreach (nuint word in words)
        {
            if (IsOf(word, s_countdown))
            {
                foreach (nuint list in words)
                {
                    if (IsOf(list, s_list) && _continuations.ItemsOf(list).Where(task => IsTask(task) && Sets(task, word)).ToList() is [_, ..] tasks)
                    {
                        return tasks;
                    }
                }
            }
        }

        return [];
    }

    private bool IsOf(nuint word, ulong table) =>
        table != 0 && CopiedWords.TableOf(_snapshot, word) == table;

    /// <summary>Of several for which a thread waits the one of which the most is known that keeps it from going on.</summary>
    private static TaskWait? OfMany(List<TaskWait> waits) => waits.Count == 0 ? null : waits.MinBy(static wait => wait switch
    {
        { Need: TaskNeed.OneThread } => 0,
        { Runner: not null } => 1,
        { Need: TaskNeed.PoolThread } => 2,
        { Need: TaskNeed.Unknown } => 4,
        _ => 3,
    })! with
    { Others = waits.Count - 1 };

    /// <summary>Whether a task sets an event when it completes: then it has not.</summary>
    private bool Sets(ulong task, ulong waited) => _continuations.Of(task).Contains(waited);

    /// <summary>Whether the part of a stack in which a task is waited for has what a token leads to that can be canceled.</summary>
    private bool CanBeCanceled(CopiedThread thread, int frame)
    {
        foreach (nuint word in thread.StackUpTo(frame))
        {
            if (_sourceTypes.Contains(CopiedWords.TableOf(_snapshot, word)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWithoutTimeout(string method) =>
        method.StartsWith("System.Runtime.CompilerServices.TaskAwaiter", StringComparison.Ordinal)
        || method.StartsWith("System.Threading.Tasks.Task.Wait()", StringComparison.Ordinal)
        || method.Contains(".GetResultCore", StringComparison.Ordinal)
        || method.Contains(".get_Result", StringComparison.Ordinal);

    private TaskWait Describe(CopiedThread thread, int frame, ulong task, ulong waited, TaskRunners runners, BoundOperations bound)
    {
        // The kernel tells, but not of a token that ends the wait. Of the methods that take neither which are on the stack depends
        // on what the compiler has inlined.
        bool hasTimeout = !thread.WaitsForEver || CanBeCanceled(thread, frame);
        for (int i = frame; hasTimeout && i < thread.Methods.Count && CopiedThread.IsClassLibrary(thread.Methods[i]); i++)
        {
            hasTimeout = !IsWithoutTimeout(thread.Methods[i]);
        }

        var known = new TaskWait(thread.SystemId, "", TaskNeed.Unknown, null, null, null, hasTimeout);
        if (_anyTypes.Contains(CopiedWords.TableOf(_snapshot, task)))
        {
            // Several lead to it, and each of them is enough.
            return known with { Task = WhenAny };
        }

        if ((_operations.Find(task) ?? _operations.LeadingTo(waited)) is not { } outermost)
        {
            if (_queued.Contains(task) || _queuedTasks.ContainsKey(waited))
            {
                ulong item = _queued.Contains(task) ? task : _queuedTasks[waited];
                return known with { Task = _methods.OfWorkItem(item), Need = TaskNeed.PoolThread };
            }

            known = known with { Task = _methods.OfWorkItem(task) };
            return TaskRunners.Runs(_snapshot, task) ? known with { Need = TaskNeed.Runs, Runner = runners.Of(task) } : known;
        }

        return OfOperation(known with { Task = _frames.NameOf(outermost) }, outermost, runners, bound);
    }

    private TaskWait OfOperation(TaskWait known, AsyncOperation outermost, TaskRunners runners, BoundOperations bound)
    {
        AsyncOperation innermost = outermost;
        (AsyncOperation Operation, int Thread, string Type)? binding = null;
        for (int depth = 0; ; depth++)
        {
            if (IsTask(innermost.Awaited) && bound.OfAwaiting(innermost) is { } by)
            {
                binding = (innermost, by.Thread, by.Type);
            }

            if (depth >= MaxDepth || !innermost.IsSuspended || InnerOf(innermost) is not { } inner)
            {
                break;
            }

            innermost = inner;
        }

        known = known with { Inner = InnerName(innermost) };
        if (!innermost.IsSuspended)
        {
            return known with { Need = TaskNeed.Runs, Runner = runners.Of(innermost.Address) };
        }

        if (_queued.Contains(innermost.Address))
        {
            return known with { Need = TaskNeed.PoolThread };
        }

        if (bound.OfQueued(innermost) is { } queued)
        {
            return known with { Need = TaskNeed.OneThread, Runner = queued.Thread, Context = queued.Type };
        }

        string awaits = _awaits.Of(innermost);
        return binding is { } later
            ? known with { Need = TaskNeed.OneThread, Inner = InnerName(later.Operation), Awaits = InnerOf(later.Operation) is { } inside ? _frames.NameOf(inside) : awaits, Runner = later.Thread, Context = later.Type }
            : known with { Need = TaskNeed.Awaits, Awaits = awaits };

        string? InnerName(AsyncOperation operation) => operation == outermost ? null : _frames.NameOf(operation);
    }

    private static bool IsOfRunningHost(TaskWait wait) => wait.Need == TaskNeed.Awaits && (wait.Inner ?? wait.Task) == RunningHost;

    /// <summary>The operation that one awaits, also where that runs.</summary>
    private AsyncOperation? InnerOf(AsyncOperation operation) =>
        _operations.InnerOf(operation)
        ?? (_operations.Find(operation.Awaited) is { IsSuspended: false } running && running != operation ? running : null);
}
