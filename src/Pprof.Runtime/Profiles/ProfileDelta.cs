namespace Pprof.Profiles;

/// <summary>What changed between two snapshots of a profile.</summary>
internal static class ProfileDelta
{
    /// <summary>
    /// The samples of <paramref name="after"/> less those of <paramref name="before"/>, without the ones that did not
    /// change. Values may be negative.
    /// </summary>
    /// <exception cref="ArgumentException">The two do not measure the same.</exception>
    public static Profile Between(Profile before, Profile after)
    {
        if (before.Shape != after.Shape)
        {
            throw new ArgumentException("The snapshots do not measure the same.", nameof(after));
        }

        var sums = new SampleTable(after.Shape.SampleTypes.Count);
        sums.Add(before.Samples, static values =>
        {
            foreach (ref long value in values)
            {
                value = -value;
            }
        });

        sums.Add(after.Samples);
        var delta = new Profile
        {
            Shape = after.Shape,
            Period = Math.Max(before.Period, after.Period),
            TimeNanos = after.TimeNanos,
            DurationNanos = after.TimeNanos - before.TimeNanos,
            Gaps = ProfileGaps.Between(before.Gaps, after.Gaps),
        };
        foreach (string comment in (IEnumerable<string>)[.. before.Comments, .. after.Comments])
        {
            if (!delta.Comments.Contains(comment))
            {
                delta.Comments.Add(comment);
            }
        }

        for (int i = 0; i < sums.Count; i++)
        {
            if (sums.Values(i).ContainsAnyExcept(0))
            {
                delta.Samples.Add(sums.Stack(i), sums.Labels(i), sums.Values(i));
            }
        }

        return delta;
    }
}
