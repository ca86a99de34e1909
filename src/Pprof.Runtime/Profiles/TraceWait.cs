namespace Pprof.Profiles;

/// <summary>What work waits for.</summary>
internal enum TraceWait
{
    /// <summary>A lock that somebody else has.</summary>
    Lock,

    /// <summary>The pulse of a monitor: tasks, semaphores and events of the class library are made of it.</summary>
    Monitor,

    /// <summary>A handle of the runtime or of the system, or another thread's end.</summary>
    Handle,

    /// <summary>A socket.</summary>
    Network,

    /// <summary>A time.</summary>
    Sleep,

    /// <summary>Nobody knows: the thread has not been seen for a while.</summary>
    Unseen,
}
