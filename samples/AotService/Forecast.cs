using System.Runtime.CompilerServices;

namespace AotService;

/// <summary>
/// The CPU work of a forecast, which grows with the days ahead. The three steps run the same loop and differ in the number
/// of rounds only, so that the truth is known: 60 : 30 : 10. A CPU profile has to show these shares.
/// </summary>
internal sealed record Forecast(double Celsius, double ChanceOfRain, int Confidence)
{
    /// <summary>The most days that a forecast looks ahead.</summary>
    public const int MaxDays = 14;

    // A forecast is short against the 4 ms between two ticks of the kernel's clock, at which work begins and samples are
    // taken: a long one would be seen in the same places again and again.
    private const int RoundsPerDay = 100;

    public static Forecast From(Reading[] readings, int days)
    {
        ulong atmosphere = 88172645463325252 + (ulong)readings.Length;
        atmosphere = Simulate(atmosphere, days);
        double chanceOfRain = EstimateRain(atmosphere, days);
        int confidence = RateConfidence(atmosphere, days);
        double mean = readings.Length == 0 ? 15 : readings.Average(reading => reading.Celsius);
        return new Forecast(Math.Round(mean + (atmosphere % 100 / 100.0), 1), chanceOfRain, confidence);
    }

    /// <summary>60 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Simulate(ulong atmosphere, int days)
    {
        for (int round = 60 * RoundsPerDay * days; round > 0; round--)
        {
            atmosphere ^= atmosphere << 13;
            atmosphere ^= atmosphere >> 7;
            atmosphere ^= atmosphere << 17;
        }

        return atmosphere;
    }

    /// <summary>30 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double EstimateRain(ulong atmosphere, int days)
    {
        for (int round = 30 * RoundsPerDay * days; round > 0; round--)
        {
            atmosphere ^= atmosphere << 13;
            atmosphere ^= atmosphere >> 7;
            atmosphere ^= atmosphere << 17;
        }

        return Math.Round(atmosphere / (double)ulong.MaxValue, 2);
    }

    /// <summary>10 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RateConfidence(ulong atmosphere, int days)
    {
        for (int round = 10 * RoundsPerDay * days; round > 0; round--)
        {
            atmosphere ^= atmosphere << 13;
            atmosphere ^= atmosphere >> 7;
            atmosphere ^= atmosphere << 17;
        }

        return (int)(atmosphere % 100);
    }
}
