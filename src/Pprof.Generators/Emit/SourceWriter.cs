using System.Text;

namespace Pprof.Generators.Emit;

/// <summary>Writes indented C#. Lines end in a line feed everywhere, so that the output is the same on every machine.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Writes one line, or an empty one.</summary>
    public void Line(string text = "")
    {
        if (text.Length > 0)
        {
            _text.Append(' ', _depth * 4).Append(text);
        }

        _text.Append('\n');
    }

    /// <summary>Opens a block in braces.</summary>
    public void Open()
    {
        Line("{");
        _depth++;
    }

    /// <summary>Closes the block, with what follows the brace.</summary>
    public void Close(string suffix = "")
    {
        _depth--;
        Line("}" + suffix);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
