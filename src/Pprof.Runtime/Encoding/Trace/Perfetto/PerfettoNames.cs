namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>The ids of texts, each of which is written when it is first needed.</summary>
internal sealed class PerfettoNames(PerfettoFile file)
{
    private const int MaxTexts = 50_000;
    private const int MaxCharacters = 8 * 1024 * 1024;

    private readonly Dictionary<(int Field, string Text), ulong> _ids = [];
    private int _characters;

    /// <summary>Whether there are so many that they are to be forgotten.</summary>
    public bool IsFull => _ids.Count >= MaxTexts || _characters >= MaxCharacters;

    /// <summary>What kind of thing an event is.</summary>
    public ulong Category(string text) => IdOf(InternedField.Category, text);

    /// <summary>The name of an event.</summary>
    public ulong Name(string text) => IdOf(InternedField.EventName, text);

    /// <summary>The name of a number of an event.</summary>
    public ulong Annotation(string text) => IdOf(InternedField.AnnotationName, text);

    /// <summary>A text that is what the field says.</summary>
    public ulong IdOf(int field, string text)
    {
        if (!_ids.TryGetValue((field, text), out ulong id))
        {
            id = (ulong)_ids.Count + 1;
            _ids.Add((field, text), id);
            _characters += text.Length;
            file.DefineText(field, id, text);
        }

        return id;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _ids.Clear();
        _characters = 0;
    }
}
