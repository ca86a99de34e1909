using System.Diagnostics;
using System.Globalization;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>Threads that take locks, with the mutex and the block profile at full rate and with both off.</summary>
internal static class LockBenchmark
{
    // Monitor waits at once, so that the locks are contended as often as can be.
    private static readonly Dictionary<string, string> s_noSpinning = new() { ["DOTNET_Monitor_SpinCount"] = "0" };

    // Until it is known how many waits there are.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(Settings settings)
    {
        foreach (string contention in new[] { "contended", "uncontended" })
        {
            using RunningService service = await RunningService.StartAsync(
                Environment.ProcessPath!, ["serve-locks", contention], environment: s_noSpinning);
            (long count, long time) = await ContentionsAsync(service);
            await Comparison.RunAsync(
                $"threads with {contention} locks, MutexProfileFraction and BlockProfileRate 1",
                settings.Rounds,
                () => WorkCount.MeasureAsync(service, settings.Seconds),
                async () =>
                {
                    await service.Client.GetAsync("/rates?value=1");
                    await Task.Delay(s_settling);
                    double with = await WorkCount.MeasureAsync(service, settings.Seconds);
                    await service.Client.GetAsync("/rates?value=0");
                    return with;
                });
            (long laterCount, long laterTime) = await ContentionsAsync(service);
            double perSecond = (laterCount - count) / Stopwatch.GetElapsedTime(time, laterTime).TotalSeconds;
            Console.WriteLine($"  contentions per second of the whole run: {perSecond:N0}");
        }

        return 0;
    }

    private static async Task<(long Count, long Time)> ContentionsAsync(RunningService service)
    {
        string[] answer = (await service.Client.GetStringAsync("/contentions")).Split(' ');
        return (long.Parse(answer[0], CultureInfo.InvariantCulture), long.Parse(answer[1], CultureInfo.InvariantCulture));
    }
}
