namespace Pprof.Collectors;

/// <summary>The numbers that a request gives to a collector, by the names that the profile's row states, in bounds; of words, a bit for each.</summary>
internal sealed class ProfileArguments(IReadOnlyDictionary<string, long> values)
{
    /// <summary>The value of a parameter that the row states.</summary>
    /// <exception cref="KeyNotFoundException">It does not.</exception>
    public long this[string name] => values[name];
}
