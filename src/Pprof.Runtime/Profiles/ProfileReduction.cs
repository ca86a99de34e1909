using System.Diagnostics;

namespace Pprof.Profiles;

/// <summary>
/// Makes a profile smaller whose totals stay what they are: the smallest samples are added up, first without their labels,
/// then under less and less of their outermost frames, so that as few as possible lose as little as possible.
/// </summary>
internal static class ProfileReduction
{
    // The outermost frames that a merged stack keeps, from one try to the next.
    private static readonly int[] s_keptFrames = [int.MaxValue, 32, 16, 8, 4, 2, 1, 0];

    /// <summary><paramref name="profile"/> with <paramref name="most"/> samples at the most, one or more.</summary>
    public static Profile To(Profile profile, int most)
    {
        SampleTable samples = profile.Samples;
        if (samples.Count <= most)
        {
            return profile;
        }

        int[] order = LargestFirst(samples, profile.Shape.SampleTypes.Count);
        foreach (int frames in s_keptFrames)
        {
            // Half of the room at least is for those that matter most.
            int whole = CountWhole(samples, order, frames, most);
            if (whole >= most / 2)
            {
                return Merge(profile, order, whole, frames);
            }
        }

        throw new UnreachableException("All that is merged without any frame is one sample.");
    }

    /// <summary>The samples by their largest share in the total of any sample type.</summary>
    private static int[] LargestFirst(SampleTable samples, int types)
    {
        double[] totals = new double[types];
        for (int i = 0; i < samples.Count; i++)
        {
            Span<long> values = samples.Values(i);
            for (int k = 0; k < types; k++)
            {
                totals[k] += Math.Abs((double)values[k]);
            }
        }

        int[] order = new int[samples.Count];
        double[] shares = new double[samples.Count];
        for (int i = 0; i < samples.Count; i++)
        {
            order[i] = i;
            Span<long> values = samples.Values(i);
            for (int k = 0; k < types; k++)
            {
                // Negative, so that the largest comes first.
                shares[i] = Math.Min(shares[i], -Math.Abs((double)values[k]) / Math.Max(1, totals[k]));
            }
        }

        Array.Sort(shares, order);
        return order;
    }

    /// <summary>How many of the largest can stay as they are, when all others are merged to their outermost frames.</summary>
    private static int CountWhole(SampleTable samples, int[] order, int frames, int most)
    {
        var merged = new SampleTable(valueCount: 0);
        int whole = order.Length;
        while (whole + merged.Count > most || whole == order.Length)
        {
            if (whole == 0)
            {
                return -1;
            }

            AddMerged(merged, samples.Stack(order[--whole]), frames, []);
        }

        return whole;
    }

    private static Profile Merge(Profile profile, int[] order, int whole, int frames)
    {
        SampleTable samples = profile.Samples;
        var reduced = new Profile
        {
            Shape = profile.Shape,
            Period = profile.Period,
            TimeNanos = profile.TimeNanos,
            DurationNanos = profile.DurationNanos,
            SampledFraction = profile.SampledFraction,
            Gaps = profile.Gaps.WithReduction(order.Length - whole, frames),
        };
        reduced.Comments.AddRange(profile.Comments);
        for (int i = 0; i < order.Length; i++)
        {
            int sample = order[i];
            if (i < whole)
            {
                reduced.Samples.Add(samples.Stack(sample), samples.Labels(sample), samples.Values(sample));
            }
            else
            {
                AddMerged(reduced.Samples, samples.Stack(sample), frames, samples.Values(sample));
            }
        }

        return reduced;
    }

    private static void AddMerged(SampleTable table, ReadOnlySpan<nuint> stack, int frames, ReadOnlySpan<long> values)
    {
        if (stack.Length <= frames)
        {
            table.Add(stack, LabelSet.Empty, values);
        }
        else
        {
            table.Add([(nuint)PseudoFrame.MergedStacks, .. stack[^frames..]], LabelSet.Empty, values);
        }
    }
}
