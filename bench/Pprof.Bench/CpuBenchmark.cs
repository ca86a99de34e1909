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
                service, settings, () => WorkCount.MeasureAsync(service, settings.Seconds));
        }

        return 0;
    }
}
