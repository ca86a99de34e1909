using System.Globalization;
using System.Text;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Text;

/// <summary>The parts that the text forms have in common: the line of a sample, its labels, its frames.</summary>
internal static class StackText
{
    /// <summary>
    /// The addresses of a stack as they stand in the line of a sample: return addresses, as every reader of this form
    /// expects. A frame's address is one less.
    /// </summary>
    public static string Addresses(ReadOnlySpan<nuint> stack)
    {
        var text = new StringBuilder();
        foreach (nuint address in stack)
        {
            text.Append(CultureInfo.InvariantCulture, $" 0x{(ulong)address + 1:x}");
        }

        return text.ToString();
    }

    /// <summary>Labels as Go writes them: <c>{"key":"value"}</c>.</summary>
    public static string Labels(LabelSet labels)
    {
        var text = new StringBuilder("{");
        foreach (Label label in labels.Labels)
        {
            text.Append(text.Length > 1 ? ", " : "")
                .Append(QuotedText.Of(label.Key))
                .Append(':')
                .Append(QuotedText.Of(label.Text ?? string.Create(CultureInfo.InvariantCulture, $"{label.Number}{label.Unit}")));
        }

        return text.Append('}').ToString();
    }

    /// <summary>Writes the line of a labelled sample's labels; nothing where it has none.</summary>
    public static void WriteLabels(TextWriter writer, LabelSet labels)
    {
        if (labels.Labels.Count > 0)
        {
            writer.Write($"# labels: {Labels(labels)}\n");
        }
    }

    /// <summary>Writes what is missing in <paramref name="profile"/>, or why it is empty, as comments; nothing where it is complete.</summary>
    public static void WriteGaps(TextWriter writer, Profile profile)
    {
        IEnumerable<string> empty = profile.Samples.Count == 0 ? GapText.InWindowsOnly(profile.Gaps) : [];
        foreach (string comment in GapText.Incomplete(profile.Gaps).Concat(empty))
        {
            writer.Write($"# {comment.ReplaceLineEndings(" ")}\n");
        }
    }

    /// <summary>Writes a line for each frame, and an empty line.</summary>
    public static void WriteFrames(TextWriter writer, ReadOnlySpan<nuint> stack, Symbolizer symbolizer)
    {
        var lines = new List<string[]>(stack.Length);
        foreach (nuint address in stack)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"0x{(ulong)address:x}");
            if (symbolizer.Resolve(address) is { } symbol)
            {
                nuint offset = address - (symbolizer.FunctionStart(address) ?? address);
                lines.Add(["#", place, $"{symbol.Name}+0x{(ulong)offset:x}", string.Create(CultureInfo.InvariantCulture, $"{symbol.FileName}:{symbol.Line}")]);
            }
            else
            {
                lines.Add(["#", place]);
            }
        }

        if (lines.Count == 0)
        {
            lines.Add(["#", "0x0"]);
        }

        TabbedLines.Write(writer, lines);
        writer.Write('\n');
    }
}
