using Pprof.Profiles;

namespace Pprof.Encoding.Views;

/// <summary>
/// The labels by which a viewer can tell samples apart. A key with a value for each request, such as a trace's id, would
/// make every sample one of its own, and nobody picks from a list of thousands.
/// </summary>
internal sealed class FewLabels
{
    // By the number of values, most first.
    private readonly List<string> _keys;
    private readonly HashSet<string> _leftOut = new(StringComparer.Ordinal);
    private readonly int _count;

    /// <summary>Chooses among the keys of these sets: as few as will do are left out, those with the most values.</summary>
    public FewLabels(IReadOnlyList<LabelSet> sets, int maxSets = 1000)
    {
        _keys = KeysByValues(sets);

        // The more are left out, the fewer sets there are: no need to try each number.
        int low = 0;
        int high = _keys.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            LeaveOut(middle);
            if (HasMore(sets, maxSets))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        _count = low;
        LeaveOut(low);
    }

    /// <summary>The keys that are left out, because they have too many values.</summary>
    public IReadOnlyList<string> LeftOut => _keys[.._count];

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

    private void LeaveOut(int count)
    {
        _leftOut.Clear();
        for (int i = 0; i < count; i++)
        {
            _leftOut.Add(_keys[i]);
        }
    }

    private bool HasMore(IReadOnlyList<LabelSet> sets, int maxSets)
    {
        var kept = new Dictionary<LabelSet, int>();
        for (int i = 0; i < sets.Count && kept.Count <= maxSets; i++)
        {
            kept.TryAdd(Of(sets[i]), 0);
        }

        return kept.Count > maxSets;
    }

    private static List<string> KeysByValues(IReadOnlyList<LabelSet> sets)
    {
        var values = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        for (int k = 0; k < sets.Count; k++)
        {
            LabelSet set = sets[k];
            for (int i = 0; i < set.Labels.Count; i++)
            {
                Label label = set.Labels[i];
                if (!values.TryGetValue(label.Key, out HashSet<string>? ofKey))
                {
                    ofKey = new HashSet<string>(StringComparer.Ordinal);
                    values.Add(label.Key, ofKey);
                }

                ofKey.Add(LabelFilter.ValueOf(label));
            }
        }

        var keys = new List<string>(values.Keys);
        keys.Sort((x, y) => values[y].Count != values[x].Count ? values[y].Count.CompareTo(values[x].Count) : string.CompareOrdinal(x, y));
        return keys;
    }
}
