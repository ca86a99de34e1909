using System.Diagnostics;
using System.Globalization;

namespace Pprof.Bench;

/// <summary>Threads that take locks, of one lock for all or one for each, and a count of how often.</summary>
internal static class LockService
{
    private const int Threads = 4;

    // A cache line for each thread's count.
    private const int Stride = 16;

    private static readonly long[] s_counts = new long[(Threads + 1) * Stride];

    public static int Run(bool contended, string[] arguments)
    {
        var shared = new object();
        for (int thread = 1; thread <= Threads; thread++)
        {
            int slot = thread * Stride;
            object gate = contended ? shared : new object();
            new Thread(() => Take(gate, ref s_counts[slot])) { IsBackground = true, Name = "Locks" }.Start();
        }

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
