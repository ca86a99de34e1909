using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>What was estimated from samples against what is known.</summary>
internal static class Estimate
{
    // Standard deviations that an estimate may be off: wrong once in 300,000 figures.
    private const double Deviations = 4.7;

    /// <summary>Fails where <paramref name="actual"/> is further off than samples of this rate can be.</summary>
    /// <param name="expected">What is known, in bytes.</param>
    /// <param name="actual">What was estimated.</param>
    /// <param name="rate">For how many bytes one sample stands at most, where the object has no more.</param>
    /// <param name="what">What it is of.</param>
    public static void AssertNear(long expected, long actual, double rate, string what = "")
    {
        double error = Deviations * Math.Sqrt(expected * rate);
        Assert.True(Math.Abs(actual - expected) <= error, $"{what}: {actual} is not {expected} ± {error:F0} at a rate of {rate}");
    }
}
