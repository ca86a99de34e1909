namespace Pprof.Profiles;

/// <summary>
/// Makes a profile smaller whose totals stay what they are: the smallest samples are added up, first without their labels,
/// then under less and less of their outermost frames, so that as few as possible lose as little as possible.
/// </summary>
internal sealed class ProfileReduction
{
    /// <summary>What is made of a sample that stays as it is. Of others it is the number of outermost frames that they keep, without labels.</summary>
    public const int Whole = -1;

    /// <summary>That nothing is decided.</summary>
    public const int Open = -2;

    // The outermost frames that a merged stack keeps, from one try to the next.
    private static readonly int[] s_keptFrames = [int.MaxValue, 32, 16, 8, 4, 2, 1, 0];

    private readonly Profile _original;

    // The samples in the order in which they are added up: those of which it was decided before, then the others by size.
    private readonly int[] _order;

    private ProfileReduction(Profile original, int[] forms, int[] order, bool isChosen)
    {
        (_original, Forms, _order, IsChosen) = (original, forms, order, isChosen);
        Profile = Apply();
    }

    /// <summary>The smaller profile.</summary>
    public Profile Profile { get; }

    /// <summary>What is made of each sample of the larger one.</summary>
    public int[] Forms { get; }

    /// <summary>Whether of what was open more could have been left out.</summary>
    public bool IsChosen { get; }

    private SampleTable Samples => _original.Samples;

    /// <summary><paramref name="profile"/> with <paramref name="most"/> samples at the most, one or more.</summary>
    public static Profile To(Profile profile, int most)
    {
        if (profile.Samples.Count <= most)
        {
            return profile;
        }

        int[] open = new int[profile.Samples.Count];
        Array.Fill(open, Open);
        return To(profile, open, most).Profile;
    }

    /// <summary>The same, where <paramref name="decided"/> holds of some samples whatever their number is.</summary>
    public static ProfileReduction To(Profile profile, int[] decided, int most)
    {
        SampleTable samples = profile.Samples;
        int[] known = [.. Enumerable.Range(0, decided.Length).Where(i => decided[i] != Open)];
        int[] open = [.. Enumerable.Range(0, decided.Length).Where(i => decided[i] == Open)];
        SortLargestFirst(samples, profile.Shape.SampleTypes.Count, open);

        var distinct = new SampleTable(valueCount: 0);
        foreach (int i in known)
        {
            AddAs(decided[i], distinct, samples.Stack(i), samples.Labels(i), []);
        }

        (int whole, int frames) = Fit(samples, open, Math.Max(0, most - distinct.Count));
        int[] forms = [.. decided];
        for (int i = 0; i < open.Length; i++)
        {
            forms[open[i]] = i < whole ? Whole : frames;
        }

        return new ProfileReduction(profile, forms, [.. known, .. open], isChosen: open.Length > 0 && (whole > 0 || frames > 0));
    }

    /// <summary>Sorts samples by their largest share in the total of any sample type.</summary>
    private static void SortLargestFirst(SampleTable samples, int types, int[] order)
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

        double[] shares = new double[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            Span<long> values = samples.Values(order[i]);
            for (int k = 0; k < types; k++)
            {
                // Negative, so that the largest comes first.
                shares[i] = Math.Min(shares[i], -Math.Abs((double)values[k]) / Math.Max(1, totals[k]));
            }
        }

        Array.Sort(shares, order);
    }

    /// <summary>How many of the largest can stay as they are in so much room, and the frames that the others keep then.</summary>
    private static (int Whole, int Frames) Fit(SampleTable samples, int[] order, int room)
    {
        if (order.Length <= room)
        {
            return (order.Length, 0);
        }

        foreach (int frames in s_keptFrames)
        {
            // Half of the room at least is for those that matter most.
            int whole = CountWhole(samples, order, frames, room);
            if (whole >= room / 2)
            {
                return (whole, frames);
            }
        }

        // Nothing has room. All that is merged without any frame is one sample.
        return (0, 0);
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

            AddAs(frames, merged, samples.Stack(order[--whole]), LabelSet.Empty, []);
        }

        return whole;
    }

    private static void AddAs(int form, SampleTable table, ReadOnlySpan<nuint> stack, LabelSet labels, ReadOnlySpan<long> values)
    {
        if (form == Whole || stack.Length <= form)
        {
            table.Add(stack, form == Whole ? labels : LabelSet.Empty, values);
        }
        else
        {
            table.Add([(nuint)PseudoFrame.MergedStacks, .. stack[^form..]], LabelSet.Empty, values);
        }
    }

    private Profile Apply()
    {
        int[] merged = [.. Forms.Where(static form => form != Whole)];
        var reduced = new Profile
        {
            Shape = _original.Shape,
            Period = _original.Period,
            TimeNanos = _original.TimeNanos,
            DurationNanos = _original.DurationNanos,
            SampledFraction = _original.SampledFraction,
            Gaps = merged.Length == 0 ? _original.Gaps : _original.Gaps.WithReduction(merged.Length, merged.Min()),
        };
        reduced.Comments.AddRange(_original.Comments);
        foreach (int i in _order)
        {
            AddAs(Forms[i], reduced.Samples, Samples.Stack(i), Samples.Labels(i), Samples.Values(i));
        }

        return reduced;
    }
}
