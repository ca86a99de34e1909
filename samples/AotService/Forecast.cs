using System.Runtime.CompilerServices;

namespace AotService;

/// <summary>
/// The CPU work of a forecast. The three steps run the same loop and differ in the number of rounds only, so that the
/// truth is known: 60 : 30 : 10. A CPU profile has to show these shares.
/// </summary>
internal sealed record Forecast(double Celsius, double ChanceOfRain, int Confidence)
{
    private const int Rounds = 4_000;

    public static Forecast From(Reading[] readings)
    {
        ulong atmosphere = 88172645463325252 + (ulong)readings.Length;
        atmosphere = Simulate(atmosphere);
        double chanceOfRain = EstimateRain(atmosphere);
        int confidence = RateConfidence(atmosphere);
        double mean = readings.Length == 0 ? 15 : readings.Average(reading => reading.Celsius);
        return new Forecast(Math.Round(mean + (atmosphere % 100 / 100.0), 1), chanceOfRain, confidence);
    }

    /// <summary>60 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Simulate(ulong atmosphere)
    {
        for (int round = 0; round < 60 * Rounds; round++)
        {
            atmosphere ^= atmosphere << 13;
            atmosphere ^= atmosphere >> 7;
            atmosphere ^= atmosphere << 17;
        }

        return atmosphere;
    }

    /// <summary>30 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double EstimateRain(ulong atmosphere)
    {
        for (int round = 0; round < 30 * Rounds; round++)
        {
            atmosphere ^= atmosphere << 13;
            atmosphere ^= atmosphere >> 7;
            atmosphere ^= atmosphere << 17;
        }

        return Math.Round(atmosphere / (double)ulong.MaxValue, 2);
    }

    /// <summary>10 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RateConfidence(ulong atmosphere)
    {
        for (int round = 0; round < 10 * Rounds; round++)
        {
            atmosphere ^= atmosphere << 13;
            atmosphere ^= atmosphere >> 7;
            atmosphere ^= atmosphere << 17;
        }

        return (int)(atmosphere % 100);
    }
}
