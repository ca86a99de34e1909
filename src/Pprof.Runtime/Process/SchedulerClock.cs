using System.Buffers.Text;

namespace Pprof.Process;

/// <summary>
/// When threads ran last, on the clock of the kernel's scheduler (sched(7); <c>/proc/self/task/…/sched</c>, which kernels
/// without CONFIG_SCHED_DEBUG do not have). Time that a virtual machine's host took away is not in it.
/// </summary>
internal readonly struct SchedulerClock
{
    private static ReadOnlySpan<byte> LastRun => "se.exec_start"u8;

    private readonly double _now;

    private SchedulerClock(double now) => _now = now;

    /// <summary>The clock now: the calling thread is running.</summary>
    public static SchedulerClock Now() => new(ReadLastRun((int)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0)) ?? double.NaN);

    /// <summary>How long a thread has not run; null where the kernel does not tell.</summary>
    public TimeSpan? SinceLastRun(int systemId) =>
        !double.IsNaN(_now) && ReadLastRun(systemId) is { } last && last > 0 ? TimeSpan.FromMilliseconds(Math.Max(0, _now - last)) : null;

    private static double? ReadLastRun(int systemId)
    {
        using var file = new TaskFile(systemId, "sched"u8);
        ReadOnlySpan<byte> text = file.Read(stackalloc byte[512]);
        int at = text.IndexOf(LastRun);
        if (at < 0)
        {
            return null;
        }

        text = text[(at + LastRun.Length)..].TrimStart(" :"u8);
        return Utf8Parser.TryParse(text, out double milliseconds, out _) ? milliseconds : null;
    }
}
