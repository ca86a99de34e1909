using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Text;

/// <summary>
/// The text form of what is alive in the heap: each stack with its objects and bytes, most bytes first. Tools parse it as
/// that of a heap of which nothing was left out.
/// </summary>
internal static class LiveHeapText
{
    /// <summary>Writes <paramref name="profile"/>, whose samples have objects and bytes.</summary>
    public static void Write(TextWriter writer, Profile profile, Symbolizer symbolizer)
    {
        SampleTable samples = profile.Samples;
        int[] order = [.. Enumerable.Range(0, samples.Count)];
        writer.Write($"heap profile: {Figures(order.Sum(i => samples.Values(i)[0]), order.Sum(i => samples.Values(i)[1]))} @ heapprofile\n");
        foreach (string comment in profile.Comments)
        {
            writer.Write($"# {comment}\n");
        }

        StackText.WriteGaps(writer, profile);
        foreach (int i in order.OrderByDescending(i => samples.Values(i)[1]))
        {
            writer.Write($"{Figures(samples.Values(i)[0], samples.Values(i)[1])} @{StackText.Addresses(samples.Stack(i))}\n");
            StackText.WriteFrames(writer, samples.Stack(i), symbolizer);
        }
    }

    private static string Figures(long objects, long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{objects}: {bytes} [{objects}: {bytes}]");
}
