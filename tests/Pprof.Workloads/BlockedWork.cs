using System.Runtime.InteropServices;

namespace Pprof.Workloads;

/// <summary>CPU time of a thread that blocks all signals, as threads of many native libraries do.</summary>
internal static unsafe partial class BlockedWork
{
    private const int SigBlock = 0;

    [ThreadStatic]
    private static bool s_blocked;

    public static void RunOne()
    {
        if (!s_blocked)
        {
            s_blocked = true;
            ulong* all = stackalloc ulong[16];
            new Span<ulong>(all, 16).Fill(ulong.MaxValue);
            _ = SignalMask(SigBlock, all, null);
        }

        CpuWork.Split();
    }

    [LibraryImport("libc", EntryPoint = "sigprocmask")]
    private static partial int SignalMask(int how, void* set, void* old);
}
