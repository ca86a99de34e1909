namespace Pprof.Encoding.Protobuf;

/// <summary>The strings of a profile, each once. The first is empty.</summary>
internal sealed class StringTable
{
    private readonly Dictionary<string, long> _indexes = new(StringComparer.Ordinal);
    private readonly List<string> _strings = [];

    public StringTable() => _ = IndexOf("");

    /// <summary>The strings in the order of their indexes.</summary>
    public IReadOnlyList<string> Strings => _strings;

    /// <summary>The index of <paramref name="text"/>, which is added when it is new.</summary>
    public long IndexOf(string text)
    {
        if (!_indexes.TryGetValue(text, out long index))
        {
            index = _strings.Count;
            _indexes.Add(text, index);
            _strings.Add(text);
        }

        return index;
    }
}
