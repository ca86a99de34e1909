using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>Threads that allocate, with allocations sampled and with MemoryProfile = Off, in work per second of CPU time.</summary>
internal static class HeapBenchmark
{
    public static async Task<int> RunAsync(Settings settings)
    {
        foreach (string workload in HeapService.Workloads)
        {
            using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-heap", workload]);
            await Comparison.RunAsync(
                $"threads that allocate, {workload}, MemoryProfileRate {HeapService.Rate}, per second of CPU time",
                settings.Rounds,
                () => WorkCount.MeasureAsync(service, settings.Seconds),
                async () =>
                {
                    await service.Client.GetAsync($"/profile?value={MemoryProfile.Sampled}");
                    double with = await WorkCount.MeasureAsync(service, settings.Seconds);
                    await service.Client.GetAsync($"/profile?value={MemoryProfile.Off}");
                    return with;
                });
            Console.WriteLine($"  {await service.Client.GetStringAsync("/allocated")}");
        }

        return 0;
    }
}
