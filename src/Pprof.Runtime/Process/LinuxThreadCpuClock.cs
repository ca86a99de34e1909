namespace Pprof.Process;

/// <summary>The clock that the kernel has for each thread (clock_gettime(2)): exact, and no file has to be opened for it.</summary>
internal sealed class LinuxThreadCpuClock : ThreadCpuClock
{
    // CLOCK_THREAD_CPUTIME_ID of clock_gettime(2).
    private const int CurrentThread = 3;

    /// <summary>What the current thread has used, in nanoseconds.</summary>
    public static long OfCurrentThread() => Libc.Nanoseconds(CurrentThread);

    /// <inheritdoc/>
    public override long Nanoseconds(int systemId) => Libc.Nanoseconds(Libc.ThreadCpuClock(systemId));
}
