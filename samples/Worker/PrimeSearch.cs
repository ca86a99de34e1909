using System.Diagnostics;

namespace Worker;

/// <summary>Looks for primes for a quarter of the time.</summary>
internal sealed class PrimeSearch(ILogger<PrimeSearch> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_busy = TimeSpan.FromMilliseconds(25);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long candidate = 1_000_000_000_001;
        int found = 0;
        using var timer = new PeriodicTimer(s_period);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            long start = Stopwatch.GetTimestamp();
            for (; Stopwatch.GetElapsedTime(start) < s_busy; candidate += 2)
            {
                if (IsPrime(candidate) && ++found % 1_000 == 0)
                    logger.LogInformation("{Found} primes up to {Candidate}", found, candidate);
            }
        }
    }

    private static bool IsPrime(long candidate)
    {
        for (long divisor = 3; divisor * divisor <= candidate; divisor += 2)
        {
            if (candidate % divisor == 0)
                return false;
        }

        return true;
    }
}
