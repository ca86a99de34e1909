namespace Pprof.Process;

/// <summary>
/// Tells of threads that are ready to run whether they have a processor. The kernel's state of both is the same, but it counts
/// the CPU time of a thread up to the moment that it is asked for, and of one that has a processor alone it goes on.
/// </summary>
internal static class ProcessorUse
{
    // Between two readings lies a fraction of a microsecond. The host of a virtual machine may take a processor away.
    private const int Readings = 4;

    /// <summary>Whether a thread waits for a processor; false where it has one, is at rest by now, or has ended.</summary>
    public static bool Waits(int systemId)
    {
        int clock = Libc.ThreadCpuClock(systemId);
        long used = Libc.Nanoseconds(clock);
        for (int i = 0; i < Readings; i++)
        {
            if (Libc.Nanoseconds(clock) != used)
            {
                return false;
            }
        }

        using var call = new TaskFile(systemId, "syscall"u8);
        return ThreadRest.Parse(call.Read(stackalloc byte[256])).State == ThreadRestState.Running;
    }
}
