using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>A profile, and the nanoseconds of CPU time that the workload's sections and its process used meanwhile.</summary>
internal sealed record Measured(RawProfile Profile, IReadOnlyDictionary<string, long> Used)
{
    /// <summary>The sum of the profile against what the process used.</summary>
    public double SumRatio => (double)Profile.Total / Used["process"];

    /// <summary>How far the sections' shares in the profile are from the truth, in points, at the most.</summary>
    public double LargestError
    {
        get
        {
            string[] sections = [.. Used.Keys.Where(static section => section != "process")];
            double used = sections.Sum(section => Used[section]);
            double sampled = sections.Sum(section => Profile.Cumulative("." + section));
            return sampled == 0
                ? 100
                : sections.Max(section => 100 * Math.Abs((Profile.Cumulative("." + section) / sampled) - (Used[section] / used)));
        }
    }

    /// <summary>Fails where a section's share is off by more than some points.</summary>
    public void AssertShares(double points) => Assert.True(
        LargestError <= points,
        $"A share is off by {LargestError:F1} points. Used: {string.Join(", ", Used)}. Profiled: "
        + string.Join(", ", Used.Keys.Select(section => $"{section} {Profile.Cumulative("." + section)}")));
}
