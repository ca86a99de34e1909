using System.Globalization;
using Pprof.Collectors.Cpu;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.Wall;

/// <summary>
/// The time that passes on every thread, by stack: what it runs, as in the CPU profile, and where it waits.
/// </summary>
internal sealed class WallProfileCollector : TimedProfileCollector
{
    private readonly CpuSource _running = CpuSource.CreateWithoutStops();
    private readonly ThreadStackSource _waiting = ThreadStackSource.CreateWithoutStops();

    internal override string? UnsupportedReason => _waiting.UnsupportedReason ?? _running.UnsupportedReason;

    internal override void Start() => _running.Prepare();

    internal override async Task CollectAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        int rate = (int)arguments["hz"];
        var samples = new WallSamples(profile);
        ThreadWatch? watch = null;
        WatchCoverage watched;
        CpuCoverage coverage;
        try
        {
            coverage = await CpuRecording.RunAsync(_running, rate, samples, WatchAsync, cancellation);
        }
        finally
        {
            // Last, so that it is there for as long as what runs is sampled: that may take its time to end.
            watched = watch is null ? default : await watch.StopAsync();
        }

        profile.Comments.Add($"source: {coverage.Source}, and threads at rest");

        // What runs is sampled for as long, or a moment less.
        samples.Complete(coverage with { Duration = watched.Duration > coverage.Duration ? watched.Duration : coverage.Duration });
        profile.Gaps.ThreadsNotWatched = watched.ThreadsLeftOut;
        profile.Comments.Add(string.Create(CultureInfo.InvariantCulture, $"where it waits was looked for {watched.LooksPerSecond:F0} times a second of each thread"));

        Task WatchAsync()
        {
            watch = _waiting.TryWatch(rate, samples, out string? refusal) ?? throw new ProfileUnavailableException(refusal!);
            return CollectionPeriod.WaitAsync(duration, cancellation);
        }
    }
}
