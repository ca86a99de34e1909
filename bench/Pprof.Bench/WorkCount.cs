using System.Diagnostics;
using System.Globalization;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>What a service's threads have done, by its own count.</summary>
internal static class WorkCount
{
    /// <summary>Work per second.</summary>
    public static Task<double> MeasureAsync(RunningService service, int seconds) => MeasureAsync(service, TimeSpan.FromSeconds(seconds));

    /// <summary>Work per second.</summary>
    public static async Task<double> MeasureAsync(RunningService service, TimeSpan duration)
    {
        (long count, long time) = await CountAsync(service);
        await Task.Delay(duration);
        (long laterCount, long laterTime) = await CountAsync(service);
        return (laterCount - count) / Stopwatch.GetElapsedTime(time, laterTime).TotalSeconds;
    }

    private static async Task<(long Count, long Time)> CountAsync(RunningService service)
    {
        string[] answer = (await service.Client.GetStringAsync("/count")).Split(' ');
        return (long.Parse(answer[0], CultureInfo.InvariantCulture), long.Parse(answer[1], CultureInfo.InvariantCulture));
    }
}
