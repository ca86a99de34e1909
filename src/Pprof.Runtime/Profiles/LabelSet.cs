namespace Pprof.Profiles;

/// <summary>The labels of a sample: keys in ordinal order, one value for each.</summary>
internal sealed class LabelSet : IEquatable<LabelSet>
{
    /// <summary>No labels.</summary>
    public static readonly LabelSet Empty = new([]);

    private readonly int _hash;

    /// <summary>Takes ownership of <paramref name="labels"/>, which must be sorted by key and have no key twice.</summary>
    public LabelSet(Label[] labels)
    {
        Labels = labels;
        var hash = new HashCode();
        foreach (Label label in labels)
        {
            hash.Add(label);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>The labels, sorted by key.</summary>
    public IReadOnlyList<Label> Labels { get; }

    /// <summary>These labels and one more, in place of one with the same key.</summary>
    public LabelSet With(Label added)
    {
        int at = 0;
        while (at < Labels.Count && string.CompareOrdinal(Labels[at].Key, added.Key) < 0)
        {
            at++;
        }

        int rest = at < Labels.Count && Labels[at].Key == added.Key ? at + 1 : at;
        var all = new Label[at + 1 + Labels.Count - rest];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = i < at ? Labels[i] : i == at ? added : Labels[i - at - 1 + rest];
        }

        return new LabelSet(all);
    }

    /// <summary>These labels and others, in place of those with the same keys.</summary>
    public LabelSet With(LabelSet others)
    {
        if (Labels.Count == 0 || others.Labels.Count == 0)
        {
            return Labels.Count == 0 ? others : this;
        }

        LabelSet all = this;
        foreach (Label label in others.Labels)
        {
            all = all.With(label);
        }

        return all;
    }

    /// <summary>The label with this key; null where there is none.</summary>
    public Label? Find(string key)
    {
        foreach (Label label in Labels)
        {
            if (label.Key == key)
            {
                return label;
            }
        }

        return null;
    }

    /// <summary>These labels but for that with this key.</summary>
    public LabelSet Without(string key)
    {
        if (Find(key) is null)
        {
            return this;
        }

        List<Label> others = [.. Labels];
        others.RemoveAll(label => label.Key == key);
        return new LabelSet([.. others]);
    }

    /// <inheritdoc/>
    public bool Equals(LabelSet? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || _hash != other._hash || Labels.Count != other.Labels.Count)
        {
            return false;
        }

        for (int i = 0; i < Labels.Count; i++)
        {
            if (Labels[i] != other.Labels[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}
