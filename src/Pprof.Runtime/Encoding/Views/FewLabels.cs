using Pprof.Profiles;

namespace Pprof.Encoding.Views;

/// <summary>
/// The labels by which a viewer can tell samples apart. A key with a value for each request, such as a trace's id, would
/// make every sample one of its own, and nobody picks from a list of thousands.
/// </summary>
internal sealed class FewLabels
{
    private readonly Dictionary<LabelSet, LabelSet> _kept = [];
    private readonly HashSet<string> _leftOut = new(StringComparer.Ordinal);

    /// <summary>Chooses among the keys of these sets.</summary>
    public FewLabels(IEnumerable<LabelSet> sets, int maxSets = 1000)
    {
        LabelSet[] all = [.. sets.Distinct()];
        while (all.Select(Without).Distinct().Skip(maxSets).Any())
        {
            _leftOut.Add(all
                .SelectMany(static set => set.Labels)
                .Where(label => !_leftOut.Contains(label.Key))
                .GroupBy(static label => label.Key, StringComparer.Ordinal)
                .MaxBy(static key => key.Distinct().Count())!.Key);
        }

        foreach (LabelSet set in all)
        {
            _kept.Add(set, Without(set));
        }
    }

    /// <summary>The keys that are left out, because they have too many values.</summary>
    public IEnumerable<string> LeftOut => _leftOut.Order(StringComparer.Ordinal);

    /// <summary>What is kept of one of the sets.</summary>
    public LabelSet Of(LabelSet set) => _kept[set];

    private LabelSet Without(LabelSet set) => set.Labels.Any(label => _leftOut.Contains(label.Key))
        ? new LabelSet([.. set.Labels.Where(label => !_leftOut.Contains(label.Key))])
        : set;
}
