using System.Diagnostics;
using System.Globalization;

namespace Pprof.Bench;

/// <summary>
/// Threads that take locks, and a count of how often. Contended: two threads for each lock, each of which keeps it until the
/// other one waits for it, and comes back when that one has it, so that every entry is a contention. Uncontended: a lock
/// for each thread.
/// </summary>
internal static class LockService
{
    private const int Threads = 4;

    // A cache line for each thread's count.
    private const int Stride = 16;

    private static readonly long[] s_counts = new long[(Threads + 1) * Stride];
    private static readonly int[] s_owners = new int[Threads * Stride];

    public static int Run(bool contended, string[] arguments)
    {
        var threads = new Thread[Threads];
        object[] gates = [.. Enumerable.Range(0, Threads).Select(static _ => new object())];
        for (int i = 0; i < Threads; i++)
        {
            int own = i;
            int slot = (i + 1) * Stride;
            threads[i] = new Thread(() =>
            {
                if (contended)
                    Alternate(gates[own / 2], own, threads[own ^ 1], ref s_owners[own / 2 * Stride], ref s_counts[slot]);
                else
                    Take(gates[own], ref s_counts[slot]);
            })
            {
                IsBackground = true,
                Name = "Locks",
            };
        }

        Array.ForEach(threads, static thread => thread.Start());

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        WebApplication app = builder.Build();
        app.MapGet("/count", () => string.Create(CultureInfo.InvariantCulture, $"{s_counts.Sum()} {Stopwatch.GetTimestamp()}"));
        app.MapGet("/contentions", () => string.Create(CultureInfo.InvariantCulture, $"{Monitor.LockContentionCount} {Stopwatch.GetTimestamp()}"));
        app.MapGet("/rates", (int value) =>
        {
            PprofRuntime.SetMutexProfileFraction(value);
            PprofRuntime.SetBlockProfileRate(value);
        });
        app.Run();
        return 0;
    }

    private static void Alternate(object gate, int own, Thread other, ref int owner, ref long count)
    {
        while (true)
        {
            lock (gate)
            {
                Volatile.Write(ref owner, own);
                while ((other.ThreadState & System.Threading.ThreadState.WaitSleepJoin) == 0)
                    Thread.Yield();
            }

            while (Volatile.Read(ref owner) == own)
                Thread.Yield();

            Volatile.Write(ref count, count + 1);
        }
    }

    private static void Take(object gate, ref long count)
    {
        while (true)
        {
            lock (gate)
            {
                Thread.SpinWait(20);
            }

            Thread.SpinWait(60);
            Volatile.Write(ref count, count + 1);
        }
    }
}
