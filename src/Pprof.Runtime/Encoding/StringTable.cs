using Google.Protobuf.Collections;

namespace Pprof.Encoding;

/// <summary>The strings of a profile, each once. The first is empty.</summary>
internal sealed class StringTable
{
    private readonly Dictionary<string, long> _indexes = new(StringComparer.Ordinal);
    private readonly RepeatedField<string> _strings;

    /// <summary>Fills <paramref name="strings"/>.</summary>
    public StringTable(RepeatedField<string> strings)
    {
        _strings = strings;
        _ = IndexOf("");
    }

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
