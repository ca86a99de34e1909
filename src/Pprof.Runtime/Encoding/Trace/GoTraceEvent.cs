namespace Pprof.Encoding.Trace;

/// <summary>The events of Go's execution traces, format 1.19 (<c>internal/trace/parser.go</c> of that release).</summary>
internal enum GoTraceEvent : byte
{
    /// <summary>Processor, time: what follows is the processor's, until the next.</summary>
    Batch = 1,

    /// <summary>Ticks of the clock in a second.</summary>
    Frequency = 2,

    /// <summary>Id, number of frames, then address, function, file and line of each.</summary>
    Stack = 3,

    /// <summary>Number of processors, stack.</summary>
    ProcessorCount = 4,

    /// <summary>Thread.</summary>
    ProcessorStart = 5,

    /// <summary>Nothing.</summary>
    ProcessorStop = 6,

    /// <summary>Sequence number, stack.</summary>
    CollectionStart = 7,

    /// <summary>Nothing.</summary>
    CollectionDone = 8,

    /// <summary>Kind.</summary>
    StopTheWorldStart = 9,

    /// <summary>Nothing.</summary>
    StopTheWorldDone = 10,

    /// <summary>Goroutine, its first stack, stack of the creator.</summary>
    Create = 13,

    /// <summary>Nothing: the one that runs on the processor.</summary>
    End = 15,

    /// <summary>Stack: it could go on at once.</summary>
    Yield = 17,

    /// <summary>Stack.</summary>
    Sleep = 19,

    /// <summary>Stack.</summary>
    Block = 20,

    /// <summary>Stack.</summary>
    BlockSelect = 24,

    /// <summary>Stack.</summary>
    BlockSync = 25,

    /// <summary>Stack.</summary>
    BlockCondition = 26,

    /// <summary>Stack.</summary>
    BlockNetwork = 27,

    /// <summary>Bytes.</summary>
    HeapSize = 33,

    /// <summary>Bytes.</summary>
    HeapGoal = 34,

    /// <summary>Id, then the bytes with their number. No time.</summary>
    String = 37,

    /// <summary>Goroutine: one that the order of times alone puts after what made it runnable.</summary>
    Start = 38,

    /// <summary>Goroutine, stack.</summary>
    Unblock = 39,

    /// <summary>Task, parent, name, stack.</summary>
    TaskCreate = 45,

    /// <summary>Task, stack.</summary>
    TaskEnd = 46,

    /// <summary>Task, 0 for its start and 1 for its end, name, stack.</summary>
    Region = 47,

    /// <summary>Task, category, stack; the message follows with its number of bytes.</summary>
    Log = 48,

    /// <summary>Time, processor, goroutine, stack; its own time is not looked at.</summary>
    Sample = 49,
}
