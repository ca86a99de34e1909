using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// A timer that runs on CPU time and sends a signal (timer_create(2)). Its first expiry is random within a period. So a
/// thread that uses a tenth of a period is seen once in ten times, and on average its time is right.
/// </summary>
internal static unsafe class CpuTimer
{
    // errno of timer_create(2): as many signals wait, or may come from timers, as the user may have.
    private const int TryAgain = 11;

    // struct sigevent: value, signal, notify, thread id, padding to 64 bytes (sigevent(3type)).
    private const int EventBytes = 64;
    private const int NotifySignal = 0;
    private const int NotifyNone = 1;
    private const int NotifyThread = 4;

    /// <summary>
    /// Why no timer can be started, and what would help; null where one can be. Found out by one that sends nothing.
    /// </summary>
    public static string? UnsupportedReason
    {
        get
        {
            const long Hour = 3_600_000_000_000;
            int timer = Start(Libc.ProcessCpuClock, NotifyNone, 0, 0, Hour, Hour);
            if (timer >= 0)
            {
                Delete(timer);
                return null;
            }

            return -timer == TryAgain
                ? $"timer_create(2) failed with errno {TryAgain}, because the signals that can be pending are all taken ({ThreadStatus.Read(Environment.ProcessId, "SigQ:")}); raise their limit (ulimit -i)"
                : $"timer_create(2) and timer_settime(2) are not both allowed: errno {-timer}; allow them in the seccomp filter of the container";
        }
    }

    /// <summary>Starts a timer on the CPU clock of one thread, which gets the signal.</summary>
    /// <param name="systemId">The thread.</param>
    /// <param name="value">What its signals carry.</param>
    /// <param name="periodNanoseconds">CPU time between two signals.</param>
    /// <param name="firstNanoseconds">CPU time before the first: <see cref="RandomFirst"/>.</param>
    /// <returns>The timer's id, or less than 0.</returns>
    public static int StartForThread(int systemId, ulong value, long periodNanoseconds, long firstNanoseconds) =>
        Start(Libc.ThreadCpuClock(systemId), NotifyThread, systemId, value, periodNanoseconds, firstNanoseconds);

    /// <summary>
    /// Starts a timer on the CPU clock of the process; the thread that is running when it expires gets the signal, on
    /// Linux 6.4 and later. Returns its id, or less than 0.
    /// </summary>
    public static int StartForProcess(ulong value, long periodNanoseconds) =>
        Start(Libc.ProcessCpuClock, NotifySignal, 0, value, periodNanoseconds, RandomFirst(periodNanoseconds));

    /// <summary>A random time within a period.</summary>
    public static long RandomFirst(long periodNanoseconds) => Random.Shared.NextInt64(1, periodNanoseconds + 1);

    /// <summary>Ends a timer. A signal of it may still arrive.</summary>
    public static void Delete(int timer) => _ = Libc.Call(SystemCall.TimerDelete, timer, 0, 0, 0, 0);

    // The timer's id, or the negative errno.
    private static int Start(int clock, int notify, int systemId, ulong value, long period, long first)
    {
        byte* sigevent = stackalloc byte[EventBytes];
        new Span<byte>(sigevent, EventBytes).Clear();
        *(ulong*)sigevent = value;
        *(int*)(sigevent + 8) = SignalHandler.Signal;
        *(int*)(sigevent + 12) = notify;
        *(int*)(sigevent + 16) = systemId;
        int timer = 0;
        if (Libc.Call(SystemCall.TimerCreate, clock, (nint)sigevent, (nint)(&timer), 0, 0) != 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        // struct itimerspec: interval, then the first expiry, in seconds and nanoseconds.
        long* times = stackalloc long[4] { period / 1_000_000_000, period % 1_000_000_000, first / 1_000_000_000, first % 1_000_000_000 };
        if (Libc.Call(SystemCall.TimerSetTime, timer, 0, (nint)times, 0, 0) == 0)
        {
            return timer;
        }

        int error = Marshal.GetLastPInvokeError();
        Delete(timer);
        return -error;
    }
}
