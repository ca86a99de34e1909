using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>What a copy of the process costs it, by the size of its heap.</summary>
internal static partial class SnapshotBenchmark
{
    private static readonly int[] s_megabytes = [250, 1_000, 4_000];

    public static async Task<int> RunAsync(Settings settings)
    {
        foreach (int megabytes in s_megabytes)
        {
            using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-snapshot", $"{megabytes}"]);
            Console.WriteLine($"{megabytes} MB of live objects, and a thread that writes to them at random");
            await SnapshotAsync(service);
            for (int round = 1; round <= settings.Rounds; round++)
            {
                State start = await StateAsync(service);
                await Task.Delay(TimeSpan.FromSeconds(settings.Seconds));
                State before = await StateAsync(service);
                double stopped = await SnapshotAsync(service);
                State after = await StateAsync(service);

                double gigabytes = before.Resident / (double)(1 << 30);
                double rate = (before.Writes - start.Writes) / Seconds(start, before);
                double duration = Seconds(before, after);
                double lost = duration - ((after.Writes - before.Writes) / rate);
                long faults = after.Faults - before.Faults;
                Console.WriteLine(
                    $"  round {round}: {gigabytes:F2} GB resident; stopped {stopped:F1} ms, {stopped / gigabytes:F1} ms per GB; "
                    + $"the longest gap of a thread {Milliseconds(after.Longest):F1} ms, before {Milliseconds(before.Longest):F1} ms; "
                    + $"in {duration:F2} s {faults:N0} faults of {(lost - (stopped / 1e3)) * 1e6 / faults:F1} µs, work with/without {1 - (lost / duration):F3}");
            }
        }

        return 0;
    }

    /// <summary>The milliseconds for which the copy stopped the service.</summary>
    private static async Task<double> SnapshotAsync(RunningService service)
    {
        string text = await service.Client.GetStringAsync("/debug/pprof/heap?view=types&debug=1");
        return double.Parse(Stopped().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static async Task<State> StateAsync(RunningService service)
    {
        long[] values = [.. (await service.Client.GetStringAsync("/state")).Split(' ').Select(static value => long.Parse(value, CultureInfo.InvariantCulture))];
        return new State(values[0], values[1], values[2], values[3], values[4]);
    }

    private static double Seconds(State from, State to) => Stopwatch.GetElapsedTime(from.Timestamp, to.Timestamp).TotalSeconds;

    private static double Milliseconds(long ticks) => ticks * 1e3 / Stopwatch.Frequency;

    [GeneratedRegex(@"stopped it for ([\d.]+) ms")]
    private static partial Regex Stopped();

    private readonly record struct State(long Timestamp, long Writes, long Faults, long Longest, long Resident);
}
