using System.Globalization;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>What an engine that scrapes a profile of the process's lifetime costs the service, for each time that it does.</summary>
internal static class ScrapeBenchmark
{
    private const int Scrapes = 50;

    // As many as the JIT needs until nothing is compiled any more: a service has had them after some hours.
    private const int WarmUp = 40;
    private const int SingleScrapes = 7;

    // Not every stack is sampled each time.
    private const int Allocations = 6;

    // As engines ask, so that what is not remembered for so long has to be found again.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(11);

    public static async Task<int> RunAsync(Settings settings)
    {
        using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-stacks"]);
        Console.WriteLine($"one scrape of allocs with some {ScrapeService.Stacks} samples");

        // Whoever asks first begins the sampling.
        await service.Client.GetByteArrayAsync("/debug/pprof/allocs");
        for (int i = 0; i < Allocations && await SamplesAsync(service) < ScrapeService.Stacks; i++)
            await service.Client.GetAsync("/allocate");

        // The first ones compile the encoding and name the frames.
        for (int i = 0; i < WarmUp; i++)
            await MeasureAsync(service);

        Console.WriteLine($"  samples {await SamplesAsync(service)}");
        List<double> milliseconds = [];
        for (int round = 1; round <= settings.Rounds; round++)
        {
            (double cpu, double allocated, int size) = await MeasureAsync(service);
            milliseconds.Add(cpu);
            Console.WriteLine($"  round {round}: {cpu:F2} ms of CPU time, {allocated / 1e6:F2} MB allocated, {size / 1e3:N0} kB answered");
        }

        Console.WriteLine($"  median {Comparison.Median(milliseconds):F2} ms of CPU time");
        milliseconds.Clear();
        for (int i = 0; i < SingleScrapes; i++)
        {
            await Task.Delay(s_pause);

            // Of one scrape it matters what asking what has been used takes.
            double nothing = (await MeasureAsync(service, scrapes: 0)).Milliseconds;
            milliseconds.Add((await MeasureAsync(service, scrapes: 1)).Milliseconds - nothing);
        }

        Console.WriteLine($"  one every {s_pause.TotalSeconds} s: median {Comparison.Median(milliseconds):F2} ms of CPU time, at most {milliseconds.Max():F2}");
        return 0;
    }

    private static async Task<(double Milliseconds, double AllocatedBytes, int Size)> MeasureAsync(RunningService service, int scrapes = Scrapes)
    {
        double[] before = await UsedAsync(service);
        int size = 0;
        for (int i = 0; i < scrapes; i++)
            size = (await service.Client.GetByteArrayAsync("/debug/pprof/allocs")).Length;

        double[] after = await UsedAsync(service);
        int parts = Math.Max(1, scrapes);
        return ((after[0] - before[0]) / parts, (after[1] - before[1]) / parts, size);
    }

    private static async Task<int> SamplesAsync(RunningService service)
    {
        string index = await service.Client.GetStringAsync("/debug/pprof/");
        int at = index.IndexOf("<a href='allocs", StringComparison.Ordinal);
        return int.Parse(index[(index.LastIndexOf("<tr><td>", at, StringComparison.Ordinal) + 8)..at].Split('<')[0], CultureInfo.InvariantCulture);
    }

    private static async Task<double[]> UsedAsync(RunningService service) =>
        [.. (await service.Client.GetStringAsync("/used")).Split(' ').Select(static number => double.Parse(number, CultureInfo.InvariantCulture))];
}
