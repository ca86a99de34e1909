namespace Pprof.Profiles;

/// <summary>
/// What became of each sample of a profile that was served, so that the same becomes of it the next time: engines subtract one
/// from the next, and take for new, or for lost, what has another stack or other labels than before. Bounded by the largest
/// profile that was served. Not safe for concurrent use.
/// </summary>
internal sealed class ServedSamples
{
    // Of a profile that was served as it was: nothing is copied while nothing is left out.
    private SampleTable? _whole;

    // Otherwise what was made of them, by their hashes.
    private Dictionary<ulong, int>? _forms;

    /// <summary>Whether anything was left out of the last one.</summary>
    public bool IsReduced => _forms is not null;

    /// <summary>The samples have been served as they are.</summary>
    public void Remember(SampleTable samples) => (_whole, _forms) = (samples, null);

    /// <summary>The samples have been served as <paramref name="forms"/> says of each.</summary>
    public void Remember(SampleTable samples, int[] forms)
    {
        if (!forms.AsSpan().ContainsAnyExcept(ProfileReduction.Whole))
        {
            Remember(samples);
            return;
        }

        var remembered = new Dictionary<ulong, int>(forms.Length);
        for (int i = 0; i < forms.Length; i++)
        {
            remembered[samples.Hash(i)] = forms[i];
        }

        (_whole, _forms) = (null, remembered);
    }

    /// <summary>What was made of each of these samples; <see cref="ProfileReduction.Open"/> of new ones.</summary>
    public int[] FormsOf(SampleTable samples)
    {
        Dictionary<ulong, int> known = _forms ?? [];
        for (int i = 0; _forms is null && i < _whole?.Count; i++)
        {
            known[_whole.Hash(i)] = ProfileReduction.Whole;
        }

        int[] forms = new int[samples.Count];
        for (int i = 0; i < forms.Length; i++)
        {
            forms[i] = known.GetValueOrDefault(samples.Hash(i), ProfileReduction.Open);
        }

        return forms;
    }
}
