namespace Pprof.Profiles;

/// <summary>
/// What has come to a profile since it was last asked for, one time after the other. Keeps the last one, which is bounded as its
/// source is and has the stacks in common with it where they were copied as a whole. Not safe for concurrent use.
/// </summary>
/// <param name="cumulative">
/// The number of values, the first of each sample, that only grow while the process lives. The others are what they are now.
/// </param>
internal sealed class ProfileIncrements(int cumulative)
{
    private SampleTable? _last;
    private ProfileGaps? _lastGaps;
    private long _lastTime;

    /// <summary>
    /// What <paramref name="now"/> has more than the one before, all of it the first time, without the samples in which nothing is.
    /// </summary>
    public Profile Next(Profile now)
    {
        SampleTable samples = now.Samples;
        if (_lastGaps?.LossesSince != now.Gaps.LossesSince)
        {
            // All of it began anew.
            _last = null;
        }

        var next = new Profile
        {
            Shape = now.Shape,
            Period = now.Period,
            TimeNanos = now.TimeNanos,
            DurationNanos = _last is null ? 0 : Math.Max(0, now.TimeNanos - _lastTime),
            SampledFraction = now.SampledFraction,
            Gaps = _lastGaps is null ? now.Gaps : ProfileGaps.Between(_lastGaps, now.Gaps),
        };
        next.Comments.AddRange(now.Comments);
        Span<long> values = stackalloc long[now.Shape.SampleTypes.Count];
        for (int i = 0; i < samples.Count; i++)
        {
            samples.Values(i).CopyTo(values);
            Subtract(values[..Math.Min(cumulative, values.Length)], Before(samples, i));
            if (values.ContainsAnyExcept(0))
            {
                next.Samples.Add(samples.Stack(i), samples.Labels(i), values);
            }
        }

        (_last, _lastGaps, _lastTime) = (samples, now.Gaps, now.TimeNanos);
        return next;
    }

    // What has become less began anew: all that it has now has come since.
    private static void Subtract(Span<long> values, ReadOnlySpan<long> before)
    {
        for (int k = 0; k < values.Length; k++)
        {
            if (!before.IsEmpty && before[k] > values[k])
            {
                return;
            }
        }

        for (int k = 0; k < values.Length && !before.IsEmpty; k++)
        {
            values[k] -= before[k];
        }
    }

    private ReadOnlySpan<long> Before(SampleTable samples, int sample)
    {
        if (_last is null)
        {
            return [];
        }

        // Samples mostly keep their places.
        bool isInPlace = sample < _last.Count
            && _last.Hash(sample) == samples.Hash(sample)
            && _last.Stack(sample).SequenceEqual(samples.Stack(sample))
            && _last.Labels(sample).Equals(samples.Labels(sample));
        int index = isInPlace ? sample : _last.IndexOf(samples.Stack(sample), samples.Labels(sample));
        return index < 0 ? [] : _last.Values(index);
    }
}
