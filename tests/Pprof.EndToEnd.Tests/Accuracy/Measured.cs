using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>A profile, and the nanoseconds of CPU time that the workload's sections and its process used meanwhile.</summary>
internal sealed record Measured(RawProfile Profile, IReadOnlyDictionary<string, long> Used)
{
    private IEnumerable<string> Sections => Used.Keys.Where(static section => section is not ("process" or "clock"));

    /// <summary>Both together: what is wrong in each is wrong in the sum, and chance is less of it.</summary>
    public Measured And(Measured other) => new(
        Profile.And(other.Profile),
        Used.Keys.Union(other.Used.Keys).ToDictionary(static key => key, key => Used.GetValueOrDefault(key) + other.Used.GetValueOrDefault(key)));

    /// <summary>
    /// The sum of the profile against what the process used in its time. On a machine with more busy threads than cores
    /// the questions before and after the profile take their time too, and the workloads are steady.
    /// </summary>
    public double SumRatio => Profile.Total / (Used["process"] * Profile.Seconds * 1e9 / Used["clock"]);

    /// <summary>How far the sections' shares in the profile are from the truth, in points, at the most.</summary>
    public double LargestError
    {
        get
        {
            string[] sections = [.. Sections];
            double used = sections.Sum(section => Used[section]);
            double sampled = sections.Sum(section => Profile.Cumulative("." + section));
            return sampled == 0
                ? 100
                : sections.Max(section => 100 * Math.Abs((Profile.Cumulative("." + section) / sampled) - (Used[section] / used)));
        }
    }

    /// <summary>Fails where a section's share is off by more than some points, or much of the sections' time is elsewhere.</summary>
    public void AssertShares(double points)
    {
        Assert.True(
            LargestError <= points,
            $"A share is off by {LargestError:F1} points. Used: {string.Join(", ", Used)}. Profiled: "
            + string.Join(", ", Sections.Select(section => $"{section} {Profile.Cumulative("." + section)}")));
        double used = Sections.Sum(section => Used[section]) * Profile.Seconds * 1e9 / Used["clock"];
        Assert.InRange(Sections.Sum(section => Profile.Cumulative("." + section)) / used, 0.9, 1.1);
    }
}
