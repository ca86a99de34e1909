using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>
/// Measures throughput in turns, without, with, without profiling, so that what else the machine does falls on both. The
/// two measurements without say how much a ratio means.
/// </summary>
internal static class Comparison
{
    /// <summary>With and without a CPU profile under way.</summary>
    public static Task RunAsync(string title, RunningService service, Settings settings, Func<Task<double>> measure) =>
        RunAsync(title, service, settings, $"profile?hz={settings.Hz}&seconds=", measure);

    /// <summary>With and without something under way that takes <c>seconds</c>, the last parameter of its address.</summary>
    public static Task RunAsync(string title, RunningService service, Settings settings, string address, Func<Task<double>> measure) =>
        RunAsync(title, settings.Rounds, measure, () => MeasureWithProfileAsync(service, settings, address, measure));

    /// <summary>Without and with anything.</summary>
    public static async Task RunAsync(string title, int rounds, Func<Task<double>> measure, Func<Task<double>> measureWith)
    {
        Console.WriteLine(title);
        await measure();
        // The first profile of a process compiles the profiler.
        await measureWith();
        List<double> ratios = [];
        List<double> controls = [];
        double before = await measure();
        for (int round = 1; round <= rounds; round++)
        {
            double with = await measureWith();
            double after = await measure();
            ratios.Add(with / ((before + after) / 2));
            controls.Add(after / before);
            Console.WriteLine($"  round {round}: without {before:N0}/s, with {with:N0}/s, without {after:N0}/s");
            before = after;
        }

        Console.WriteLine($"  with/without     {Describe(ratios)}");
        Console.WriteLine($"  without/without  {Describe(controls)}");
    }

    /// <summary>
    /// The same for something that costs too little to be seen in the noise of one turn: many short turns in the order
    /// without, with, with, without, and the ratio of their medians. How much it means say the middle 95 % of what comes out
    /// when the turns are drawn again at random, and the same of the turns without against each other.
    /// </summary>
    /// <param name="title">What is measured.</param>
    /// <param name="turns">Turns with; there are as many without.</param>
    /// <param name="measure">A turn; the argument says whether it is one with.</param>
    public static async Task RunInShortTurnsAsync(string title, int turns, Func<bool, Task<double>> measure)
    {
        Console.WriteLine(title);
        await measure(false);
        await measure(true);
        List<double> without = [];
        List<double> with = [];
        for (int turn = 0; turn < turns * 2; turn++)
        {
            bool isWith = turn % 4 is 1 or 2;
            (isWith ? with : without).Add(await measure(isWith));
        }

        Console.WriteLine($"  {turns} turns each: without {Median(without):N0}/s, with {Median(with):N0}/s");
        Console.WriteLine($"  with/without     {DescribeRatio(with, without)}");
        Console.WriteLine($"  without/without  {DescribeRatio([.. without.Where(static (_, i) => i % 2 == 0)], [.. without.Where(static (_, i) => i % 2 == 1)])}");
    }

    /// <summary>
    /// The same of something that is made of parts, and that may be slow for a moment: turns in the order without, with, with,
    /// without, and of each part the differences between such neighbors. How much they mean says the same of turns without.
    /// </summary>
    /// <param name="title">What is measured.</param>
    /// <param name="parts">The names of the parts.</param>
    /// <param name="turns">Turns with; there are as many without.</param>
    /// <param name="measure">A turn; the argument says whether it is one with.</param>
    public static async Task RunByPartsAsync(string title, string[] parts, int turns, Func<bool, Task<double[]>> measure)
    {
        Console.WriteLine(title);
        await measure(false);
        await measure(true);
        List<double[]> without = [];
        List<double[]> with = [];
        for (int turn = 0; turn < turns / 2 * 4; turn++)
        {
            bool isWith = turn % 4 is 1 or 2;
            double[] times = await measure(isWith);
            (isWith ? with : without).Add([.. times, times.Sum()]);
        }

        Console.WriteLine($"  {with.Count} turns each");
        for (int part = 0; part <= parts.Length; part++)
        {
            List<double> all = [.. without.Select(times => times[part])];
            List<double> allWith = [.. with.Select(times => times[part])];
            Console.WriteLine(
                $"  {(part < parts.Length ? parts[part] : "sum"),-22} without {TrimmedMean(all),8:F1}, with {DescribeDifference(InPairs(allWith), InPairs(all))}, without/without {DescribeDifference(EveryOther(all, 0), EveryOther(all, 1))}");
        }

        // Two turns with stand between two without.
        static List<double> InPairs(List<double> values) => [.. values.Chunk(2).Select(static pair => pair.Average())];
        static List<double> EveryOther(List<double> values, int first) => [.. values.Where((_, i) => i % 2 == first)];
    }

    /// <summary>The mean without the smallest and the largest tenth.</summary>
    public static double TrimmedMean(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int cut = sorted.Length / 10;
        return sorted.AsSpan(cut, sorted.Length - (2 * cut)).ToArray().Average();
    }

    /// <summary>
    /// By how much values are larger than others that were measured beside them, on average, and the middle 95 % of what comes
    /// out when pairs are drawn again at random.
    /// </summary>
    public static string DescribeDifference(List<double> values, List<double> others)
    {
        const int Draws = 400;
        var random = new Random(1);
        double[] differences = [.. values.Zip(others, static (value, other) => value - other)];
        double[] means = [.. Enumerable.Range(0, Draws).Select(_ => TrimmedMean(differences.Select(_ => differences[random.Next(differences.Length)]))).Order()];
        return $"{TrimmedMean(differences):+0.0;−0.0} ({means[Draws / 40]:+0.0;−0.0} to {means[Draws - 1 - (Draws / 40)]:+0.0;−0.0})";
    }

    /// <summary>The middle of some values.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    private static string DescribeRatio(List<double> with, List<double> without)
    {
        const int Draws = 2_000;
        var random = new Random(1);
        double[] ratios = [.. Enumerable.Range(0, Draws).Select(_ => Median(Draw(with)) / Median(Draw(without))).Order()];
        return $"{Median(with) / Median(without):F3} ({ratios[Draws / 40]:F3}–{ratios[Draws - 1 - (Draws / 40)]:F3})";

        List<double> Draw(List<double> values) => [.. values.Select(_ => values[random.Next(values.Count)])];
    }

    private static async Task<double> MeasureWithProfileAsync(RunningService service, Settings settings, string address, Func<Task<double>> measure)
    {
        // Longer than the measurement, so that all of it is profiled.
        using var cancellation = new CancellationTokenSource();
        Task<byte[]> profile = service.Client.GetByteArrayAsync($"/debug/pprof/{address}{settings.Seconds + 2}", cancellation.Token);
        await Task.Delay(TimeSpan.FromSeconds(0.5));
        if (profile.IsCompleted)
            throw new InvalidOperationException("The profile ended before the measurement began.", profile.Exception);

        double with = await measure();
        if (profile.IsCompleted)
            throw new InvalidOperationException("The profile ended before the measurement did.", profile.Exception);

        Console.WriteLine($"  {(await profile).Length:N0} bytes");
        return with;
    }

    private static string Describe(List<double> values) =>
        $"{Median(values):F3} ({values.Min():F3}–{values.Max():F3})";
}
