using Pprof.Collectors.Heap;
using Pprof.Runtime.Tests.Collectors.Waits;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>What was estimated from samples against what is known.</summary>
internal static class Estimate
{
    // Standard deviations that an estimate may be off: wrong once in 300,000 figures.
    private const double Deviations = 4.7;

    private const int AllocatedObjects = 0;
    private const int AllocatedBytes = 1;

    /// <summary>Fails where a kind of allocation is not where it belongs, with the number of its objects and its type.</summary>
    /// <param name="samples">What was sampled of <see cref="KnownAllocations.AllocateEveryKind"/>.</param>
    /// <param name="rounds">For how many rounds.</param>
    /// <param name="rate">For how many bytes one sample stands at most, where the object has no more.</param>
    public static void AssertEveryKind(List<NamedSample> samples, int rounds, double rate)
    {
        foreach ((string method, string type, int each, long size) in KnownAllocations.EveryKind)
        {
            NamedSample[] site = [.. samples.Where(sample => sample.Has(method))];
            Assert.All(site, sample => Assert.EndsWith(type, sample.Stack[0], StringComparison.Ordinal));
            Assert.All(site, sample => Assert.Equal($"{SampledAllocations.SizeClass(size)}", sample.Labels["bytes"]));
            AssertNear(rounds / each * size, site.Sum(static sample => sample.Values[AllocatedBytes]), rate, method);
            AssertNear(rounds / each * size, site.Sum(static sample => sample.Values[AllocatedObjects]) * size, rate, method + " objects");
        }
    }

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
