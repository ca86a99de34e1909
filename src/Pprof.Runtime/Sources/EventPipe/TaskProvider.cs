namespace Pprof.Sources.EventPipe;

/// <summary>The class library's event provider that tells of tasks and asynchronous methods.</summary>
internal static class TaskProvider
{
    public const string Name = "System.Threading.Tasks.TplEventSource";

    /// <summary>OperationBegin and OperationEnd, informational: the task's id; of an asynchronous method, when it is first suspended.</summary>
    public const ulong OperationKeyword = 0x8;

    /// <summary>WorkBegin and WorkEnd, informational: a thread goes on with a task.</summary>
    public const ulong SynchronousWorkKeyword = 0x20;

    /// <summary>What the names of the operations begin with that are asynchronous methods.</summary>
    public const string AsyncPrefix = "Async: ";

    public const int OperationBegin = 14;
    public const int OperationEnd = 15;
    public const int WorkBegin = 17;
    public const int WorkEnd = 18;
}
