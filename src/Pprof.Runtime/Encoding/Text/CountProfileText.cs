using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Text;

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
            stacks.Add((samples.Values(i)[0], StackText.Addresses(samples.Stack(i)), i));
        }

        stacks.Sort(static (x, y) => x.Count != y.Count ? y.Count.CompareTo(x.Count) : string.CompareOrdinal(x.Addresses, y.Addresses));

        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{name} profile: total {total}\n"));
        StackText.WriteGaps(writer, profile);
        foreach ((long count, string addresses, int index) in stacks)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{count} @{addresses}\n"));
            StackText.WriteLabels(writer, samples.Labels(index));
            StackText.WriteFrames(writer, samples.Stack(index), symbolizer);
        }
    }
}
