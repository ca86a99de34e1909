using System.Runtime.InteropServices;

namespace Pprof.Process;

/// <summary>
/// What proc_pidinfo of libproc tells of a thread by the id that pthread_threadid_np gives, which the runtime's events carry: the
/// times of thread_info's THREAD_BASIC_INFO, without a port to hold for each thread.
/// </summary>
internal sealed unsafe partial class MacThreadCpuClock : ThreadCpuClock
{
    // PROC_PIDTHREADID64INFO of sys/proc_info.h.
    private const int ThreadInfoById = 15;

    // struct proc_threadinfo: user and system time in nanoseconds (64 bits each), eight numbers (32 each), a name of 64 bytes.
    private const int InfoBytes = 112;

    /// <inheritdoc/>
    public override long Nanoseconds(int systemId)
    {
        ulong* info = stackalloc ulong[InfoBytes / sizeof(ulong)];
        return ProcPidInfo(Environment.ProcessId, ThreadInfoById, (uint)systemId, info, InfoBytes) == InfoBytes
            ? (long)(info[0] + info[1])
            : -1;
    }

    [LibraryImport("libproc", EntryPoint = "proc_pidinfo")]
    private static partial int ProcPidInfo(int process, int flavor, ulong argument, void* buffer, int size);
}
