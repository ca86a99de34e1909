namespace Pprof.Collectors;

/// <summary>The numbers that a request gives to a collector, by the names that the profile's row states, in bounds; of words, a bit for each.</summary>
internal sealed class ProfileArguments(IReadOnlyDictionary<string, long> values)
{
    private IReadOnlyDictionary<string, string> _texts = new Dictionary<string, string>();

    /// <summary>The value of a parameter that the row states.</summary>
    /// <exception cref="KeyNotFoundException">It does not.</exception>
    public long this[string name] => values[name];

    /// <summary>The format that is asked for, of those that the row states; empty where it states none.</summary>
    public string Format { get; private init; } = "";

    /// <summary>What the request says of the format; empty where it says nothing.</summary>
    public string TextOf(string name) => _texts.GetValueOrDefault(name) ?? "";

    /// <summary>The same in a format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="texts">What the request says of it.</param>
    public ProfileArguments In(string format, IReadOnlyDictionary<string, string> texts) => new(values) { Format = format, _texts = texts };
}
