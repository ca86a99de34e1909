namespace Pprof.Sources.Trace;

/// <summary>What a <see cref="TraceMoment"/> tells.</summary>
internal enum TraceMomentKind : byte
{
    /// <summary>Work was put into the queue of the thread pool. The number is the object's hash code.</summary>
    Queued,

    /// <summary>A thread of the pool took work out of the queue, and has done with what it did before. The number is the same.</summary>
    Taken,

    /// <summary>
    /// An asynchronous method is suspended for the first time. The number is its task's, the text what the class library calls
    /// it, the detail its name.
    /// </summary>
    OperationBegin,

    /// <summary>An asynchronous method has ended. The number is the same.</summary>
    OperationEnd,

    /// <summary>A thread goes on with a task, which need not be that of an asynchronous method. The number is the same.</summary>
    OperationEnter,

    /// <summary>The thread has done with the task that it went on with last, for now.</summary>
    OperationLeave,

    /// <summary>A thread of the pool has no work.</summary>
    Idle,

    /// <summary>A thread waits for a lock. The number is the holder's id in the system.</summary>
    LockWaitBegin,

    /// <summary>It waits for it no more.</summary>
    LockWaitEnd,

    /// <summary>A thread waits for the pulse of a monitor.</summary>
    MonitorWaitBegin,

    /// <summary>A thread waits for anything else that the runtime knows of.</summary>
    HandleWaitBegin,

    /// <summary>A thread waits for neither any more.</summary>
    WaitEnd,

    /// <summary>A thread has ended. The system can give its id to another.</summary>
    ThreadEnd,

    /// <summary>A garbage collection begins. The number counts collections, the text says which generation and why.</summary>
    CollectionBegin,

    /// <summary>A garbage collection has ended. The number is the same.</summary>
    CollectionEnd,

    /// <summary>The runtime stops all threads.</summary>
    StopBegin,

    /// <summary>They have stopped.</summary>
    StopComplete,

    /// <summary>The runtime has them go on.</summary>
    RestartBegin,

    /// <summary>They go on.</summary>
    StopEnd,

    /// <summary>The bytes of the heap: the number.</summary>
    HeapSize,

    /// <summary>The bytes that the heap has been given by the system: the number.</summary>
    HeapCommitted,

    /// <summary>An exception was thrown: the text.</summary>
    Exception,

    /// <summary>The thread used CPU time here.</summary>
    Sample,

    /// <summary>Methods were compiled since the last time: their number, nanoseconds that it took.</summary>
    Compiled,

    /// <summary>The bytes that have been allocated since the process began: the number.</summary>
    Allocated,

    /// <summary>Events of the runtime are missing: the number.</summary>
    Lost,

    /// <summary>What threads did with the queue of the pool, or what the application said, is missing: the number.</summary>
    LostOthers,

    /// <summary>Beginnings and ends of collections and stops are missing.</summary>
    LostCollections,

    /// <summary>An operation begins: its number, that of the one that it is part of, its name.</summary>
    TaskBegin,

    /// <summary>An operation ends: its number, and its name if that is better known by now.</summary>
    TaskEnd,

    /// <summary>A region begins: the number of its operation or 0, its name.</summary>
    RegionBegin,

    /// <summary>A region ends.</summary>
    RegionEnd,

    /// <summary>An activity begins, which is an operation and a region: its number, that of the one that it is part of, both names.</summary>
    ActivityBegin,

    /// <summary>An activity ends: its number, the operation's better name, the region's.</summary>
    ActivityEnd,

    /// <summary>The application has something to say: the number of the operation or 0, the category and the message.</summary>
    Log,
}
