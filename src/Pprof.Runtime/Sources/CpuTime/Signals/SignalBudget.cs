using System.Globalization;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// The signals that can be pending at one time, for all processes of a user together (RLIMIT_SIGPENDING, getrlimit(2)).
/// Each timer takes one for as long as it lives. The runtime stops its threads by signals too, and waits for each that was
/// refused: a profile that took all of them would hold the application up.
/// </summary>
internal static class SignalBudget
{
    private const long MinReserve = 64;

    /// <summary>The timers that may be started now, beside what the process must keep for itself.</summary>
    /// <param name="threads">The threads of the process.</param>
    public static long Free(int threads) =>
        // Without a figure the kernel's answer is all there is.
        TryParse(ThreadStatus.Read(Environment.ProcessId, "SigQ:"), out long used, out long limit) ? Free(used, limit, threads) : long.MaxValue;

    /// <summary>
    /// The same of <paramref name="used"/> and <paramref name="limit"/>. Half stays free, and never less than one for each
    /// thread that the runtime may have to stop.
    /// </summary>
    internal static long Free(long used, long limit, int threads) =>
        Math.Max(0, limit - used - Math.Max(limit / 2, Math.Max(MinReserve, threads)));

    /// <summary>Reads <c>7/96365</c>.</summary>
    internal static bool TryParse(string? text, out long used, out long limit)
    {
        limit = 0;
        used = 0;
        return text?.Split('/') is [string first, string second]
            && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out used)
            && TryParseLimit(second, out limit);
    }

    // No limit is the largest number of 64 bits.
    private static bool TryParseLimit(string text, out long limit)
    {
        bool parsed = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value);
        limit = (long)Math.Min(value, long.MaxValue);
        return parsed;
    }
}
