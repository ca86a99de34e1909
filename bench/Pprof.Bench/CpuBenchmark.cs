using System.Diagnostics;
using System.Globalization;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>Throughput of a busy thread on every core, beside few and beside many idle threads.</summary>
internal static class CpuBenchmark
{
    public static async Task<int> RunAsync(Settings settings)
    {
        foreach (int idle in new[] { 20, 200 })
        {
            using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-spin", $"{idle}"]);
            await Comparison.RunAsync(
                $"{Environment.ProcessorCount} busy threads beside {idle} idle ones, {settings.Hz} Hz",
                service, settings, () => MeasureAsync(service, settings.Seconds));
        }

        return 0;
    }

    private static async Task<double> MeasureAsync(RunningService service, int seconds)
    {
        (long count, long time) = await CountAsync(service);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        (long laterCount, long laterTime) = await CountAsync(service);
        return (laterCount - count) / Stopwatch.GetElapsedTime(time, laterTime).TotalSeconds;
    }

    private static async Task<(long Count, long Time)> CountAsync(RunningService service)
    {
        string[] answer = (await service.Client.GetStringAsync("/count")).Split(' ');
        return (long.Parse(answer[0], CultureInfo.InvariantCulture), long.Parse(answer[1], CultureInfo.InvariantCulture));
    }
}
