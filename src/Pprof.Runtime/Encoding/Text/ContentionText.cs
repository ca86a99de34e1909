using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Text;

/// <summary>
/// The text form of a profile of waits: nanoseconds (in the place of processor cycles) and number of waits, the longest
/// first. Tools parse it.
/// </summary>
internal static class ContentionText
{
    /// <summary>
    /// Writes <paramref name="profile"/>, whose samples have a count and nanoseconds. The form for locks says which
    /// fraction was sampled: readers multiply by it, so that the values are divided by it here.
    /// </summary>
    public static void Write(TextWriter writer, Profile profile, Symbolizer symbolizer)
    {
        bool saysFraction = profile.Shape.Text == ProfileText.Mutex;
        writer.Write($"--- {(saysFraction ? "mutex" : "contention")}:\ncycles/second=1000000000\n");
        if (saysFraction)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"sampling period={profile.SampledFraction}\n"));
        }

        StackText.WriteGaps(writer, profile);
        long divisor = saysFraction ? Math.Max(1, profile.SampledFraction) : 1;
        SampleTable samples = profile.Samples;
        foreach (int i in Enumerable.Range(0, samples.Count).OrderByDescending(i => samples.Values(i)[1]))
        {
            // What was sampled at another fraction than the one of now does not divide evenly; it was at least one.
            long count = Math.Max(1, samples.Values(i)[0] / divisor);
            long nanoseconds = samples.Values(i)[1] / divisor;
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{nanoseconds} {count} @{StackText.Addresses(samples.Stack(i))}\n"));
            StackText.WriteLabels(writer, samples.Labels(i));
            StackText.WriteFrames(writer, samples.Stack(i), symbolizer);
        }
    }
}
