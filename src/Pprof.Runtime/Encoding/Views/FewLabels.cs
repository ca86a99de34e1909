using Pprof.Profiles;

namespace Pprof.Encoding.Views;

/// <summary>
/// The labels by which a viewer can tell samples apart. A key with a value for each request, such as a trace's id, would
/// make every sample one of its own, and nobody picks from a list of thousands.
/// </summary>
internal sealed class FewLabels
{
    private readonly List<string> _leftOut = [];

    /// <summary>Chooses among the keys of these sets.</summary>
    public FewLabels(IReadOnlyList<LabelSet> sets, int maxSets = 1000)
    {
        var kept = new Dictionary<LabelSet, int>();
        while (true)
        {
            kept.Clear();
            for (int i = 0; i < sets.Count; i++)
            {
                kept.TryAdd(Of(sets[i]), 0);
            }

            if (kept.Count <= maxSets)
            {
                return;
            }

            _leftOut.Add(KeyWithMostValues(kept.Keys));
        }
    }

    /// <summary>The keys that are left out, because they have too many values.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>What is kept of a set.</summary>
    public LabelSet Of(LabelSet set)
    {
        int count = 0;
        var labels = new Label[set.Labels.Count];
        for (int i = 0; i < labels.Length; i++)
        {
            if (!_leftOut.Contains(set.Labels[i].Key))
            {
                labels[count++] = set.Labels[i];
            }
        }

        return count == labels.Length ? set : new LabelSet(labels[..count]);
    }

    private static string KeyWithMostValues(IEnumerable<LabelSet> sets)
    {
        var values = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        string most = "";
        int largest = 0;
        foreach (LabelSet set in sets)
        {
            for (int i = 0; i < set.Labels.Count; i++)
            {
                Label label = set.Labels[i];
                if (!values.TryGetValue(label.Key, out Dictionary<string, int>? ofKey))
                {
                    ofKey = new Dictionary<string, int>(StringComparer.Ordinal);
                    values.Add(label.Key, ofKey);
                }

                ofKey.TryAdd(LabelFilter.ValueOf(label), 0);
                if (ofKey.Count > largest)
                {
                    (most, largest) = (label.Key, ofKey.Count);
                }
            }
        }

        return most;
    }
}
