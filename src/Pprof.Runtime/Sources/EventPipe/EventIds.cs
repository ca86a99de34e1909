namespace Pprof.Sources.EventPipe;

/// <summary>Ids of a provider's events, or all of them. Two sets of the same ids are equal.</summary>
internal readonly struct EventIds : IEquatable<EventIds>
{
    // Sorted, each once; null for all.
    private readonly int[]? _ids;

    private EventIds(IEnumerable<int> ids) => _ids = [.. ids.Distinct().Order()];

    /// <summary>Every event of the provider: the default value.</summary>
    public static EventIds All => default;

    /// <summary>Whether the set has all events.</summary>
    public bool IsAll => _ids is null;

    /// <summary>The ids, in their order; of a set that has all events, none.</summary>
    public ReadOnlySpan<int> Values => _ids;

    /// <summary>Only these.</summary>
    public static EventIds Only(params IEnumerable<int> ids) => new(ids);

    /// <summary>Whether the set has this event.</summary>
    public bool Contains(int id) => _ids is null || Array.BinarySearch(_ids, id) >= 0;

    /// <summary>The events that are in one of the two sets.</summary>
    public EventIds Union(EventIds other) => _ids is null || other._ids is null ? All : new EventIds(_ids.Concat(other._ids));

    /// <inheritdoc/>
    public bool Equals(EventIds other) => IsAll == other.IsAll && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EventIds other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int id in Values)
        {
            hash.Add(id);
        }

        return hash.ToHashCode();
    }
}
