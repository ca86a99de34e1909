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

    private static string Describe(List<double> values)
    {
        values.Sort();
        double median = (values[values.Count / 2] + values[(values.Count - 1) / 2]) / 2;
        return $"{median:F3} ({values[0]:F3}–{values[^1]:F3})";
    }
}
