namespace Pprof.Process;

/// <summary>The CPU time, user and system, of single threads of this process, as the operating system accounts for it.</summary>
internal abstract class ThreadCpuClock
{
    /// <summary>Why it cannot be read here, and what would help; null where it can be.</summary>
    public string? UnsupportedReason => Nanoseconds(SystemThreads.CurrentId) >= 0
        ? null
        : "the system does not tell how much CPU time each thread has used; allow it in the sandbox that the service runs in";

    /// <summary>The one of this operating system.</summary>
    public static ThreadCpuClock Create() =>
        OperatingSystem.IsWindows() ? new WindowsThreadCpuClock()
        : OperatingSystem.IsMacOS() ? new MacThreadCpuClock()
        : new LinuxThreadCpuClock();

    /// <summary>
    /// What a thread has used since it started, in nanoseconds, by the id that the system gives it and that the runtime's events
    /// carry; negative where it has ended.
    /// </summary>
    public abstract long Nanoseconds(int systemId);
}
