namespace Pprof.Process;

/// <summary>Sleep to parts of a millisecond. The runtime's ends with whole ones, and with timers of other threads.</summary>
internal static unsafe class ExactSleep
{
    // PR_SET_TIMERSLACK of prctl(2): the kernel puts off a timer by up to so many nanoseconds to let it end with others.
    private const int SetTimerSlack = 29;

    // struct sched_attr of sched_setattr(2), the first version of it, and the place of sched_runtime.
    private const int SchedulingBytes = 48;
    private const int Runtime = 24;

    // The shortest turn that the kernel allows, in nanoseconds.
    private const long ShortTurn = 100_000;

    /// <summary>
    /// From now on this thread's sleep is not put off to end with others, and when it has ended, other threads wait, not this one:
    /// from Linux 6.12 on who asks for short turns has them sooner. That takes no privilege.
    /// </summary>
    public static void MakeExact()
    {
        _ = Libc.Call(SystemCall.ControlProcess, SetTimerSlack, 1, 0, 0, 0);
        byte* scheduling = stackalloc byte[SchedulingBytes];
        new Span<byte>(scheduling, SchedulingBytes).Clear();
        if (Libc.Call(SystemCall.GetScheduling, 0, (nint)scheduling, SchedulingBytes, 0, 0) == 0)
        {
            *(long*)(scheduling + Runtime) = ShortTurn;
            _ = Libc.Call(SystemCall.SetScheduling, 0, (nint)scheduling, 0, 0, 0);
        }
    }

    /// <summary>Sleeps for some time below a second, or until a signal comes.</summary>
    public static void For(TimeSpan duration)
    {
        // struct timespec: seconds, nanoseconds.
        long* time = stackalloc long[2];
        time[0] = 0;
        time[1] = (long)duration.TotalNanoseconds;
        _ = Libc.Call(SystemCall.Sleep, (nint)time, 0, 0, 0, 0);
    }
}
