using System.Diagnostics;

namespace Pprof.Bench;

/// <summary>
/// Work of a microsecond, with what the application can say to a trace, a task, a region and a message, while no trace is under
/// way, and without.
/// </summary>
internal static class TraceCallBenchmark
{
    // Some milliseconds.
    private const int Batch = 10_000;

    private static int s_sink;

    public static async Task<int> RunAsync(Settings settings)
    {
        await Comparison.RunInShortTurnsAsync(
            "work of a microsecond, with a task, a region and a message while no trace is under way, and without",
            turns: settings.Rounds * 20,
            static with => Task.FromResult(Measure(with ? Traced : Work)));
        return 0;
    }

    private static double Measure(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 100)
        {
            for (int i = 0; i < Batch; i++)
                work();

            count += Batch;
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Traced()
    {
        using (PprofTrace.Task("task"))
        using (PprofTrace.Region("region"))
        {
            PprofTrace.Log("category", "message");
            Work();
        }
    }

    private static void Work()
    {
        int mixed = s_sink;
        for (int i = 0; i < 1_000; i++)
            mixed += i ^ (mixed << 1);

        s_sink = mixed;
    }
}
