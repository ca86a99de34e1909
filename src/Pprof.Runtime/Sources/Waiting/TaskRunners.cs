using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// The threads on which tasks run, of those threads that wait. The method that runs a task needs it again afterwards, so it is
/// in that part of the stack; where more than one that runs is there, nothing is said.
/// </summary>
internal sealed class TaskRunners
{
    // Which method of an operation's runs it depends on what the compiler has inlined.
    private const string RunsTask = "System.Threading.Tasks.Task.ExecuteWithThreadLocal";
    private const string RunsOperation = ".AsyncStateMachineBox<";

    // TASK_STATE_DELEGATE_INVOKED of the class library's Task.
    private const int Begun = 0x20000;

    private readonly HeapCopy _snapshot;
    private readonly SuspendedOperations _operations;
    private readonly Func<ulong, bool> _isTask;
    private readonly Dictionary<ulong, int> _threads = [];
    private readonly List<(ulong Task, int Thread)> _tasks = [];

    /// <summary>Looks at the threads of a copy.</summary>
    /// <param name="snapshot">The heap.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="operations">The operations.</param>
    /// <param name="isTask">Whether a task is at an address.</param>
    public TaskRunners(HeapCopy snapshot, CopiedThreads threads, SuspendedOperations operations, Func<ulong, bool> isTask)
    {
        _snapshot = snapshot;
        _operations = operations;
        _isTask = isTask;
        foreach (CopiedThread thread in threads.Waiting)
        {
            Read(thread);
        }
    }

    /// <summary>Whether a task has begun to run the method that it was made for, and has not completed.</summary>
    public static bool Runs(HeapCopy snapshot, ulong task) =>
        (SuspendedOperations.FlagsOf(snapshot, task) & Begun) != 0 && !SuspendedOperations.IsCompleted(snapshot, task);

    /// <summary>The thread that a task or an operation runs on; null where that is not known.</summary>
    public int? Of(ulong task) => _threads.TryGetValue(task, out int thread) ? thread : null;

    /// <summary>The tasks that threads run, of each thread the innermost first; operations are not among them.</summary>
    public IReadOnlyList<(ulong Task, int Thread)> Tasks => _tasks;

    private bool IsRunningOperation(ulong address) => _operations.Find(address) is { IsSuspended: false } known && known.Address == address;

    private void Read(CopiedThread thread)
    {
        for (int frame = 0; frame < thread.Methods.Count; frame++)
        {
            string method = thread.Methods[frame];
            bool isOperation = method.Contains(RunsOperation, StringComparison.Ordinal);
            if (isOperation || method.StartsWith(RunsTask, StringComparison.Ordinal))
            {
                ulong found = thread.FindOne(frame, isOperation ? IsRunningOperation : word => _isTask(word) && Runs(_snapshot, word));
                if (found != 0)
                {
                    _threads.TryAdd(found, thread.SystemId);
                    if (!isOperation)
                    {
                        _tasks.Add((found, thread.SystemId));
                    }
                }
            }
        }
    }
}
