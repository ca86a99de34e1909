using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>A profile, and the nanoseconds of CPU time that the workload's sections and its process used meanwhile.</summary>
internal sealed record Measured(RawProfile Profile, IReadOnlyDictionary<string, long> Used)
{
    // Of two threads, 250 times a second: 5,000 samples.
    private const double ManySeconds = 10;
    private const double Doubt = 0.5;

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

    /// <summary>What the profile has of all sections against what they used in its time, whatever else the process did.</summary>
    public double SectionRatio =>
        Sections.Sum(section => Profile.Cumulative("." + section)) / (Sections.Sum(section => Used[section]) * Profile.Seconds * 1e9 / Used["clock"]);

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

    /// <summary>
    /// Whether the sections' shares are within some points of the truth. A profile of few samples has to be nearer: so it is
    /// no more likely than with many that chance makes up for a bias.
    /// </summary>
    public bool AreSharesWithin(double points) => LargestError <= points - (Profile.Seconds < ManySeconds ? Doubt : 0);

    /// <summary>
    /// Fails where the profile is of fewer seconds than were asked for, has not the time that the process used, or shows more
    /// than a part of it without a stack.
    /// </summary>
    public void AssertAddsUp(int seconds, double unattributed, double tolerance = 0.05)
    {
        Assert.True(Profile.Seconds >= seconds, $"{Profile.Seconds} of {seconds} seconds were profiled.");
        Assert.InRange(SumRatio, 1 - tolerance, 1 + tolerance);
        Assert.InRange(Profile.Unattributed, 0, unattributed);
    }

    /// <summary>Fails where a section's share is off by more than some points, or much of the sections' time is elsewhere.</summary>
    public void AssertShares(double points)
    {
        Assert.True(
            LargestError <= points,
            $"A share is off by {LargestError:F1} points. Used: {string.Join(", ", Used)}. Profiled: "
            + string.Join(", ", Sections.Select(section => $"{section} {Profile.Cumulative("." + section)}")));
        Assert.InRange(SectionRatio, 0.9, 1.1);
    }
}
