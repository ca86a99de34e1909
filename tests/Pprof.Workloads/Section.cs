using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Pprof.Workloads;

/// <summary>Times parts of a workload by the thread's own CPU clock: what a profile of them must show.</summary>
internal static unsafe partial class Section
{
    // CLOCK_THREAD_CPUTIME_ID of clock_gettime(2).
    private const int ThreadClock = 3;

    private static readonly ConcurrentDictionary<string, long> s_nanoseconds = new();

    /// <summary>CPU time by section so far, of all threads.</summary>
    /// <remarks>Copied by the dictionary itself: what copies a collection in two steps fails where a section comes between them.</remarks>
    public static IEnumerable<KeyValuePair<string, long>> Totals => s_nanoseconds.ToArray().OrderBy(static s => s.Key, StringComparer.Ordinal);

    /// <summary>Starts over.</summary>
    public static void Clear() => s_nanoseconds.Clear();

    /// <summary>The CPU time of this thread, in nanoseconds.</summary>
    public static long Now()
    {
        long* timespec = stackalloc long[2];
        _ = ClockGetTime(ThreadClock, timespec);
        return (timespec[0] * 1_000_000_000) + timespec[1];
    }

    /// <summary>Adds the time since <paramref name="start"/> to a section. Returns the time now.</summary>
    public static long Add(string section, long start)
    {
        long now = Now();
        s_nanoseconds.AddOrUpdate(section, now - start, (_, sum) => sum + now - start);
        return now;
    }

    /// <summary>
    /// Runs one, and adds the time that passes, in nanoseconds, without that in which this thread was ready to run and had no
    /// processor (the second number of schedstat, as the kernel's documentation of its scheduler has it). What is done to
    /// find that out is not in it.
    /// </summary>
    public static void Time(string section, Action body)
    {
        long delay = Delay();
        long start = Stopwatch.GetTimestamp();
        body();
        double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        long nanoseconds = (long)elapsed - (Delay() - delay);
        s_nanoseconds.AddOrUpdate(section, nanoseconds, (_, sum) => sum + nanoseconds);
    }

    /// <summary>The nanoseconds in which this thread was ready to run and had no processor.</summary>
    public static long Delay() => long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[1], CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, long* timespec);
}
