using System.Diagnostics;

namespace AotService;

/// <summary>
/// The background load, about a quarter of one core: stations that report, an archivist that keeps the log locked,
/// and forecasts.
/// </summary>
internal sealed class Stations(StationLog log) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_busy = TimeSpan.FromMilliseconds(22);
    private static readonly string[] s_names = ["Harbour", "Airport", "Summit"];

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        new Thread(() => Archive(stoppingToken)) { Name = "Archivist", IsBackground = true }.Start();
        return Task.WhenAll([.. s_names.Select(name => ReportAsync(name, stoppingToken)), ForecastAsync(stoppingToken)]);
    }

    private async Task ReportAsync(string station, CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 30)), stopping);
            log.Add(new Reading(station, DateTimeOffset.UtcNow, Math.Round(10 + (10 * Random.Shared.NextDouble()), 1)));
        }
    }

    private async Task ForecastAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(s_period);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < s_busy)
                Forecast.From(log.Latest(), Random.Shared.Next(1, Forecast.MaxDays + 1));
        }
    }

    private void Archive(CancellationToken stopping)
    {
        while (!stopping.WaitHandle.WaitOne(20))
            log.Archive();
    }
}
