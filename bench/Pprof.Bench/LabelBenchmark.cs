using System.Diagnostics;

namespace Pprof.Bench;

/// <summary>Asynchronous work of some microseconds, with a label and without.</summary>
internal static class LabelBenchmark
{
    public static async Task<int> RunAsync(Settings settings)
    {
        await Comparison.RunAsync(
            "asynchronous work of some microseconds, with a label and without",
            settings.Rounds,
            () => MeasureAsync(settings.Seconds, static () => WorkAsync()),
            () => MeasureAsync(settings.Seconds, static () => LabelledAsync()));
        return 0;
    }

    private static async Task<double> MeasureAsync(int seconds, Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            for (int i = 0; i < 100; i++)
                await work();

            count += 100;
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task LabelledAsync()
    {
        using (PprofLabels.Push("kind", "bench"))
            await WorkAsync();
    }

    private static async Task WorkAsync()
    {
        await Task.Yield();
        Thread.SpinWait(100);
    }
}
