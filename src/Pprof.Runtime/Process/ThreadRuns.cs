using System.Buffers.Text;

namespace Pprof.Process;

/// <summary>
/// What the scheduler has counted of a thread: the numbers of <c>/proc/self/task/…/schedstat</c> (sched-stats in the kernel's
/// documentation of its scheduler).
/// </summary>
/// <param name="RunNanoseconds">The time that it ran.</param>
/// <param name="DelayNanoseconds">The time that it was ready to run and had no processor.</param>
/// <param name="Count">How often it was given one.</param>
internal readonly record struct ThreadRuns(long RunNanoseconds, long DelayNanoseconds, long Count)
{
    /// <summary>Why the kernel does not tell, and what would help; null where it does.</summary>
    public static string? UnsupportedReason
    {
        get
        {
            int systemId = SystemThreads.CurrentId;

            // A thread that asks has been given a processor.
            return TryRead(systemId, out ThreadRuns runs) && runs.Count > 0
                ? null
                : $"the kernel tells whether a thread has run in /proc/self/task/{systemId}/schedstat, which has no figures; the service needs a kernel with CONFIG_SCHED_INFO";
        }
    }

    /// <summary>What the kernel says of a thread now; false where that is nothing.</summary>
    public static bool TryRead(int systemId, out ThreadRuns runs)
    {
        using var file = new TaskFile(systemId, "schedstat"u8);
        return TryParse(file.Read(stackalloc byte[128]), out runs);
    }

    /// <summary>What <paramref name="line"/> says; false where it says nothing, as of a thread that has ended.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ThreadRuns runs)
    {
        bool isWhole = TryTake(ref line, out long run) & TryTake(ref line, out long delay) & TryTake(ref line, out long count);
        runs = new ThreadRuns(run, delay, count);
        return isWhole;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> line, out long number)
    {
        line = line.TrimStart((byte)' ');
        if (!Utf8Parser.TryParse(line, out number, out int length))
        {
            return false;
        }

        line = line[length..];
        return true;
    }
}
