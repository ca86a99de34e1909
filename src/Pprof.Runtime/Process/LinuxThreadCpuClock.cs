namespace Pprof.Process;

/// <summary>The clock that the kernel has for each thread (clock_gettime(2)): exact, and no file has to be opened for it.</summary>
internal sealed class LinuxThreadCpuClock : ThreadCpuClock
{
    /// <inheritdoc/>
    public override long Nanoseconds(int systemId) => Libc.Nanoseconds(Libc.ThreadCpuClock(systemId));
}
