namespace Pprof.Profiles;

/// <summary>Who waits for whom at one moment, and what nobody has time for.</summary>
internal sealed class WaitGraph
{
    /// <summary>Locks that threads wait for.</summary>
    public List<ContendedLock> Locks { get; } = [];

    /// <summary>Threads that wait for tasks.</summary>
    public List<TaskWait> TaskWaits { get; } = [];

    /// <summary>Threads each of which waits for the next, and the last for the first.</summary>
    public List<IReadOnlyList<WaitStep>> Deadlocks { get; } = [];

    /// <summary>Semaphores that threads and asynchronous operations wait for.</summary>
    public List<AwaitedSemaphore> Semaphores { get; } = [];

    /// <summary>What the thread pool has queued, by method, in the order in which it would come to them.</summary>
    public List<QueuedWork> Queue { get; } = [];

    /// <summary>The timers that are set, by what they call.</summary>
    public List<SetTimers> Timers { get; } = [];

    /// <summary>The thread pool; null where nobody has looked at it.</summary>
    public PoolActivity? Pool { get; set; }

    /// <summary>
    /// Those of the threads that something is waited for from, which had run between the moment when their stack was read and
    /// that of this graph: what the one says of them is not of the other.
    /// </summary>
    public HashSet<int> HaveRun { get; } = [];

    /// <summary>Why only the thread pool's counters are known; null where more is.</summary>
    public string? Missing { get; set; }

    /// <summary>Why no tasks that threads wait for are known, nor what is queued, nor timers; null where they are.</summary>
    public string? MissingTasks { get; set; }
}

/// <summary>A lock that a thread holds, and others wait for.</summary>
/// <param name="Kind"><c>Monitor</c> or <c>Lock</c>.</param>
/// <param name="Id">A number that it has for as long as it is contended, among those of its kind.</param>
/// <param name="Type">The type of the object that a monitor belongs to.</param>
/// <param name="Holder">The thread that holds it; null where that has ended, or is none of the runtime's.</param>
/// <param name="Waiters">The threads that wait for it, and had not run meanwhile.</param>
internal sealed record ContendedLock(string Kind, long Id, string Type, int? Holder, List<LockWaiter> Waiters)
{
    /// <summary>Whether a thread holds it of which nothing is known where <see cref="Holder"/> is null.</summary>
    public bool IsHolderUnknown { get; init; }

    /// <summary>The method in which it has taken the lock; null where that is not certain.</summary>
    public string? TakenIn { get; init; }
}

/// <summary>A thread that waits for a lock.</summary>
/// <param name="Thread">Its id in the operating system.</param>
/// <param name="HasTimeout">Whether it gives up some time.</param>
internal readonly record struct LockWaiter(int Thread, bool HasTimeout);

/// <summary>What a task needs that a thread waits for.</summary>
internal enum TaskNeed
{
    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>A thread of the pool, to begin or to go on.</summary>
    PoolThread,

    /// <summary>It runs.</summary>
    Runs,

    /// <summary>What its innermost operation awaits.</summary>
    Awaits,

    /// <summary>To go on on one thread, and on no other; perhaps only when it has what it awaits.</summary>
    OneThread,
}

/// <summary>A thread that waits for a task.</summary>
/// <param name="Thread">Its id in the operating system.</param>
/// <param name="Task">The method of the task; of no method the type.</param>
/// <param name="Need">What it needs to complete.</param>
/// <param name="Inner">The method of the innermost operation, where that is another.</param>
/// <param name="Awaits">What that awaits.</param>
/// <param name="Runner">The thread that it runs on, where that is known; or the one on which alone it can go on.</param>
/// <param name="HasTimeout">Whether the thread gives up some time.</param>
internal sealed record TaskWait(int Thread, string Task, TaskNeed Need, string? Inner, string? Awaits, int? Runner, bool HasTimeout)
{
    /// <summary>The type of the context or scheduler that binds it to that thread.</summary>
    public string? Context { get; init; }

    /// <summary>For how many tasks more it waits at the same time.</summary>
    public int Others { get; init; }
}

/// <summary>A thread of a deadlock.</summary>
/// <param name="Thread">Its id in the operating system.</param>
/// <param name="Lock">The lock that it waits for, held by the next thread.</param>
/// <param name="Task">Or the task, which runs on the next thread, or can go on only there.</param>
internal readonly record struct WaitStep(int Thread, ContendedLock? Lock, TaskWait? Task);

/// <summary>A semaphore that threads and asynchronous operations wait for.</summary>
/// <param name="Count">How many may enter now.</param>
/// <param name="Max">How many may be in it; 0 for any number.</param>
/// <param name="Operations">How many operations wait.</param>
/// <param name="Method">The method that most of them wait in.</param>
internal sealed record AwaitedSemaphore(int Count, int Max, int Operations, string Method)
{
    /// <summary>The threads that wait, and had not run meanwhile.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [];
}

/// <summary>Work items of one method that no thread has begun.</summary>
/// <param name="Method">The method; of what has none the type.</param>
/// <param name="Count">How many.</param>
internal sealed record QueuedWork(string Method, long Count);

/// <summary>Timers that call one method with one period.</summary>
/// <param name="Method">The method.</param>
/// <param name="Count">How many.</param>
/// <param name="Due">Until the first of them is due; less than none where that is past.</param>
/// <param name="Period">How long from one call to the next; null where there is one call.</param>
internal sealed record SetTimers(string Method, int Count, TimeSpan Due, TimeSpan? Period);

/// <summary>The thread pool between two looks.</summary>
/// <param name="Threads">How many threads it has.</param>
/// <param name="Min">How many it has at once where work comes.</param>
/// <param name="Max">How many it has at the most.</param>
/// <param name="Queued">Work items that no thread had begun, at the second look.</param>
/// <param name="Between">The time between the two.</param>
/// <param name="Completed">Work items that were completed in that time.</param>
/// <param name="Waiting">What its threads waited for, with their number, where all that it had at the first look waited in work; otherwise none.</param>
internal sealed record PoolActivity(
    int Threads, int Min, int Max, long Queued, TimeSpan Between, long Completed, IReadOnlyList<(string State, int Count)> Waiting)
{
    /// <summary>How many threads it got in that time.</summary>
    public int Grown { get; init; }

    /// <summary>Whether all threads wait, and others would be needed. What is due of timers stands first, and one that it gets completes that before it waits too.</summary>
    public bool IsStarved => Waiting.Count > 0 && Queued > 0 && Completed <= Grown;
}
