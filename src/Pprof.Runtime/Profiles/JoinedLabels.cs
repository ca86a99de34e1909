namespace Pprof.Profiles;

/// <summary>Labels of two origins together, each pair once, so that samples which come one after the other need no new ones. Bounded. Not safe for concurrent use.</summary>
internal sealed class JoinedLabels
{
    private const int MaxPairs = 1 << 12;

    private readonly Dictionary<(LabelSet First, LabelSet Second), LabelSet> _joined = [];

    /// <summary>Those of both; of two with the same key the second.</summary>
    public LabelSet Of(LabelSet first, LabelSet second)
    {
        if (first.Labels.Count == 0 || second.Labels.Count == 0)
        {
            return first.With(second);
        }

        if (!_joined.TryGetValue((first, second), out LabelSet? joined))
        {
            if (_joined.Count == MaxPairs)
            {
                _joined.Clear();
            }

            joined = first.With(second);
            _joined.Add((first, second), joined);
        }

        return joined;
    }

    /// <summary>Forgets all pairs.</summary>
    public void Clear()
    {
        if (_joined.Count > 0)
        {
            _joined.Clear();
            _joined.TrimExcess();
        }
    }
}
