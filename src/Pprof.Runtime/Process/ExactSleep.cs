namespace Pprof.Process;

/// <summary>Sleep to parts of a millisecond. The runtime's ends with whole ones, and with timers of other threads.</summary>
internal static unsafe class ExactSleep
{
    // PR_SET_TIMERSLACK of prctl(2): the kernel puts off a timer by up to so many nanoseconds to let it end with others.
    private const int SetTimerSlack = 29;

    /// <summary>From now on this thread's sleep is not put off to end with others.</summary>
    public static void MakeExact() => _ = Libc.Call(SystemCall.ControlProcess, SetTimerSlack, 1, 0, 0, 0);

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
