using System.Globalization;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>
/// The CPU time of threads that allocate and of what works for them, for each megabyte, with allocations sampled and with
/// MemoryProfile = Off.
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
            await Comparison.RunByPartsAsync(
                $"threads that allocate, {workload}, MemoryProfileRate {HeapService.Rate}, µs of CPU time for each MB",
                ThreadClocks.Parts,
                settings.Rounds,
                async with =>
                {
                    if (with != isOn)
                    {
                        (await service.Client.GetAsync($"/profile?value={(with ? MemoryProfile.Sampled : MemoryProfile.Off)}")).EnsureSuccessStatusCode();
                        isOn = with;
                        await Task.Delay(s_settled);
                    }

                    long[] before = await ClocksAsync(service);
                    await Task.Delay(Turn(workload));
                    long[] after = await ClocksAsync(service);
                    double megabytes = (after[0] - before[0]) * HeapService.EntryBytes / 1e6;
                    return [.. after.Zip(before, (to, from) => (to - from) / megabytes / 1e3).Skip(1)];
                });
            Console.WriteLine($"  {await service.Client.GetStringAsync("/allocated")}");
        }

        return 0;
    }

    // Some collections are in one turn: where little is allocated, one comes every second or two and costs more than all else.
    private static TimeSpan Turn(string workload) => TimeSpan.FromSeconds(workload == "cache-50" ? 4 : 0.5);

    // The count of what was allocated, and the clocks.
    private static async Task<long[]> ClocksAsync(RunningService service) =>
        [.. (await service.Client.GetStringAsync("/clocks")).Split(' ').Select(static number => long.Parse(number, CultureInfo.InvariantCulture))];
}
