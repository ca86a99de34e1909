using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>
/// Threads that allocate, with allocations sampled and with MemoryProfile = Off, in work per second of CPU time.
/// </summary>
internal static class HeapBenchmark
{
    // What begins or ends with a switch is over by then, and much is known to be much.
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(Settings settings)
    {
        foreach (string workload in HeapService.Workloads.Where(workload => settings.Content is "" || settings.Content == workload))
        {
            using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-heap", workload]);
            bool isOn = false;
            await Comparison.RunInShortTurnsAsync(
                $"threads that allocate, {workload}, MemoryProfileRate {HeapService.Rate}, per second of CPU time",
                settings.Rounds,
                async with =>
                {
                    if (with != isOn)
                    {
                        (await service.Client.GetAsync($"/profile?value={(with ? MemoryProfile.Sampled : MemoryProfile.Off)}")).EnsureSuccessStatusCode();
                        isOn = with;
                        await Task.Delay(s_settled);
                    }

                    return await WorkCount.MeasureAsync(service, Turn(workload));
                });
            Console.WriteLine($"  {await service.Client.GetStringAsync("/allocated")}");
        }

        return 0;
    }

    // Many collections are in one turn: where little is allocated, one comes every second or two and costs more than all else.
    private static TimeSpan Turn(string workload) => TimeSpan.FromSeconds(workload == "cache-50" ? 6 : 0.5);
}
