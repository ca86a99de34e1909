using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Text;

/// <summary>
/// The text form of a profile of the heap: each stack with its objects and bytes, those in use and all, most bytes in use
/// first, then the garbage collector's own figures. Tools parse it.
/// </summary>
internal static class HeapText
{
    // Of a sample: the order of the sample types.
    private const int AllocatedObjects = 0;
    private const int AllocatedBytes = 1;
    private const int LiveObjects = 2;
    private const int LiveBytes = 3;

    private static readonly string[] s_generations = ["Gen0", "Gen1", "Gen2", "LOH", "POH"];

    /// <summary>
    /// Writes <paramref name="profile"/>. The values are what was sampled: readers make of it what it stands for by the rate
    /// in the first line, so that they are divided here by what readers will multiply with: by nothing for a rate of 0, which
    /// is that nothing is sampled any more.
    /// </summary>
    public static void Write(TextWriter writer, Profile profile, Symbolizer symbolizer)
    {
        SampleTable samples = profile.Samples;
        long[][] sampled = [.. Enumerable.Range(0, samples.Count).Select(i => Sampled(samples.Values(i), profile.Period))];
        string rate = string.Create(CultureInfo.InvariantCulture, $"{Math.Min(profile.Period, long.MaxValue / 2) * 2}");
        writer.Write($"heap profile: {Figures(Sum(sampled))} @ heap/{rate}\n");
        StackText.WriteGaps(writer, profile);
        foreach (int i in Enumerable.Range(0, samples.Count)
            .OrderByDescending(i => samples.Values(i)[LiveBytes])
            .ThenByDescending(i => samples.Values(i)[AllocatedBytes]))
        {
            writer.Write($"{Figures(sampled[i])} @{StackText.Addresses(samples.Stack(i))}\n");
            StackText.WriteFrames(writer, samples.Stack(i), symbolizer);
        }

        WriteCollector(writer);
    }

    private static string Figures(long[] values) => string.Create(
        CultureInfo.InvariantCulture, $"{values[LiveObjects]}: {values[LiveBytes]} [{values[AllocatedObjects]}: {values[AllocatedBytes]}]");

    private static long[] Sum(long[][] sampled) => [.. Enumerable.Range(0, 4).Select(k => sampled.Sum(values => values[k]))];

    private static long[] Sampled(Span<long> values, long period)
    {
        (long allocatedObjects, long allocatedBytes) = Sampled(values[AllocatedObjects], values[AllocatedBytes], period);
        (long liveObjects, long liveBytes) = Sampled(values[LiveObjects], values[LiveBytes], period);
        return [allocatedObjects, allocatedBytes, liveObjects, liveBytes];
    }

    private static (long Objects, long Bytes) Sampled(long objects, long bytes, long period)
    {
        if (objects <= 0 || bytes <= 0)
        {
            return (0, 0);
        }

        // Whole objects, because readers take the average size from the two.
        double size = (double)bytes / objects;
        double sampled = Math.Max(1, Math.Round(objects * (1 - Math.Exp(-size / period))));
        return ((long)sampled, (long)Math.Round(sampled * size));
    }

    private static void WriteCollector(TextWriter writer)
    {
        GCMemoryInfo last = GC.GetGCMemoryInfo(GCKind.Any);
        writer.Write("\n# System.GC\n");
        Line("Alloc", GC.GetTotalMemory(forceFullCollection: false));
        Line("TotalAlloc", GC.GetTotalAllocatedBytes());
        Line("HeapSize", last.HeapSizeBytes);
        Line("Fragmented", last.FragmentedBytes);
        Line("Committed", last.TotalCommittedBytes);
        Line("Promoted", last.PromotedBytes);
        Line("Pinned", last.PinnedObjectsCount);
        Line("FinalizationPending", last.FinalizationPendingCount);
        Line("MemoryLoad", last.MemoryLoadBytes);
        Line("HighMemoryLoadThreshold", last.HighMemoryLoadThresholdBytes);
        Line("TotalAvailableMemory", last.TotalAvailableMemoryBytes);
        Line("NumGC", last.Index);
        Line("PauseTotalNs", (long)GC.GetTotalPauseDuration().TotalNanoseconds);
        Line("PauseNs", (long)(last.PauseDurations.Length == 0 ? 0 : last.PauseDurations[0].TotalNanoseconds));
        Text("PauseTimePercentage", string.Create(CultureInfo.InvariantCulture, $"{last.PauseTimePercentage:0.##}"));
        for (int i = 0; i <= GC.MaxGeneration; i++)
        {
            Line($"NumGen{i}GC", GC.CollectionCount(i));
        }

        for (int i = 0; i < Math.Min(last.GenerationInfo.Length, s_generations.Length); i++)
        {
            GCGenerationInfo generation = last.GenerationInfo[i];
            Text(s_generations[i], string.Create(
                CultureInfo.InvariantCulture,
                $"{generation.SizeBeforeBytes} / {generation.SizeAfterBytes} fragmented {generation.FragmentationBeforeBytes} / {generation.FragmentationAfterBytes}"));
        }

        Line("RSS", Environment.WorkingSet);

        void Line(string key, long value) => Text(key, string.Create(CultureInfo.InvariantCulture, $"{value}"));

        void Text(string key, string value) => writer.Write($"# {key} = {value}\n");
    }
}
