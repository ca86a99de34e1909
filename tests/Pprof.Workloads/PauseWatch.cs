using System.Diagnostics;
using System.Globalization;

namespace Pprof.Workloads;

/// <summary>
/// A thread that wakes every millisecond, and what kept it from that. Of each gap the time is taken off in which it was ready
/// and had no processor, as the kernel counts it, and that in which a garbage collection had stopped all threads: what is left
/// is a stall that neither a busy machine nor the collector explains.
/// </summary>
internal static class PauseWatch
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    // A collection counts its pause when it is over: a thread may go on before.
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(5);

    private static readonly Lock s_gate = new();
    private static Thread? s_thread;
    private static long s_ticks;
    private static TimeSpan s_longestGap;
    private static TimeSpan s_longestStall;

    /// <summary>
    /// The ticks since the last call, the longest gap between two, and the longest stall, in nanoseconds, a line each. Begins with
    /// the first call.
    /// </summary>
    public static string Describe()
    {
        lock (s_gate)
        {
            if (s_thread is null)
            {
                s_thread = new Thread(Watch) { IsBackground = true, Name = "pause watch" };
                s_thread.Start();
            }

            string text = string.Create(
                CultureInfo.InvariantCulture, $"ticks {s_ticks}\ngap {s_longestGap.TotalNanoseconds:F0}\nstall {s_longestStall.TotalNanoseconds:F0}\n");
            (s_ticks, s_longestGap, s_longestStall) = (0, default, default);
            return text;
        }
    }

    private static void Watch()
    {
        long at = Stopwatch.GetTimestamp();
        long delayed = Section.Delay();
        TimeSpan paused = GC.GetTotalPauseDuration();
        while (true)
        {
            Thread.Sleep(s_tick);
            long now = Stopwatch.GetTimestamp();
            long delayedNow = Section.Delay();
            TimeSpan pausedNow = GC.GetTotalPauseDuration();
            TimeSpan gap = Stopwatch.GetElapsedTime(at, now) - s_tick;
            TimeSpan stall = gap - TimeSpan.FromTicks((delayedNow - delayed) / TimeSpan.NanosecondsPerTick) - (pausedNow - paused);
            if (stall > s_longestStall)
            {
                Thread.Sleep(s_settling);
                TimeSpan late = GC.GetTotalPauseDuration();
                stall -= late - pausedNow;

                // What came meanwhile is nothing of the next gap.
                pausedNow = late;
                delayedNow = Section.Delay();
                now = Stopwatch.GetTimestamp();
            }

            lock (s_gate)
            {
                s_ticks++;
                s_longestGap = gap > s_longestGap ? gap : s_longestGap;
                s_longestStall = stall > s_longestStall ? stall : s_longestStall;
            }

            (at, delayed, paused) = (now, delayedNow, pausedNow);
        }
    }
}
