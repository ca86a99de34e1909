using System.Diagnostics;
using System.Globalization;

namespace Pprof.Bench;

/// <summary>A busy thread on every core, idle threads beside them, and a count of the work done.</summary>
internal static class SpinService
{
    // A cache line for each thread's count.
    private const int Stride = 16;

    private static readonly long[] s_counts = new long[(Environment.ProcessorCount + 1) * Stride];

    public static int Run(int idleThreads, string[] arguments)
    {
        for (int thread = 0; thread < idleThreads; thread++)
            new Thread(static () => Thread.Sleep(Timeout.Infinite)) { IsBackground = true, Name = "Idle" }.Start();

        for (int thread = 1; thread <= Environment.ProcessorCount; thread++)
        {
            int slot = thread * Stride;
            new Thread(() => Spin(ref s_counts[slot])) { IsBackground = true, Name = "Busy" }.Start();
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        WebApplication app = builder.Build();

        // The time is taken where the count is: an answer of a busy service may be late.
        app.MapGet("/count", () => string.Create(CultureInfo.InvariantCulture, $"{s_counts.Sum()} {Stopwatch.GetTimestamp()}"));
        app.Run();
        return 0;
    }

    private static void Spin(ref long count)
    {
        ulong state = 88172645463325252;
        while (true)
        {
            for (int i = 0; i < 1_000; i++)
            {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
            }

            // The state is never 0, which the compiler does not know.
            Volatile.Write(ref count, state == 0 ? 0 : count + 1);
        }
    }
}
