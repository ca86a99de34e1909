using System.Globalization;
using System.Text;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding;

/// <summary>
/// The text form of a profile that counts things by stack: a total, then the stacks, the largest first. Tools parse it.
/// </summary>
internal static class CountProfileText
{
    /// <summary>Writes <paramref name="profile"/>, whose samples have one value each.</summary>
    public static void Write(TextWriter writer, string name, Profile profile, Symbolizer symbolizer)
    {
        SampleTable samples = profile.Samples;
        var stacks = new List<(long Count, string Addresses, int Index)>(samples.Count);
        long total = 0;
        for (int i = 0; i < samples.Count; i++)
        {
            total += samples.Values(i)[0];
            stacks.Add((samples.Values(i)[0], Addresses(samples.Stack(i)), i));
        }

        stacks.Sort(static (x, y) => x.Count != y.Count ? y.Count.CompareTo(x.Count) : string.CompareOrdinal(x.Addresses, y.Addresses));

        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{name} profile: total {total}\n"));
        foreach ((long count, string addresses, int index) in stacks)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{count} @{addresses}\n"));
            WriteStack(writer, samples.Stack(index), symbolizer);
        }
    }

    // Return addresses, as every reader of this form expects: a frame's address is one less.
    private static string Addresses(ReadOnlySpan<nuint> stack)
    {
        var text = new StringBuilder();
        foreach (nuint address in stack)
        {
            text.Append(CultureInfo.InvariantCulture, $" 0x{(ulong)address + 1:x}");
        }

        return text.ToString();
    }

    private static void WriteStack(TextWriter writer, ReadOnlySpan<nuint> stack, Symbolizer symbolizer)
    {
        var lines = new List<string[]>(stack.Length);
        foreach (nuint address in stack)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"0x{(ulong)address:x}");
            lines.Add(symbolizer.Resolve(address) is { } symbol
                ? ["#", place, $"{symbol.Name}+0x0", string.Create(CultureInfo.InvariantCulture, $"{symbol.FileName}:{symbol.Line}")]
                : ["#", place]);
        }

        if (lines.Count == 0)
        {
            lines.Add(["#", "0x0"]);
        }

        TabbedLines.Write(writer, lines);
        writer.Write('\n');
    }
}
