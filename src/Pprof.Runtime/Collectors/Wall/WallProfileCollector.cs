using System.Globalization;
using Pprof.Collectors.Cpu;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Pprof.Sources.Threads.AtRest;

namespace Pprof.Collectors.Wall;

/// <summary>
/// The time that passes on every thread, by stack: what it runs, as in the CPU profile, and where it waits.
/// </summary>
internal sealed class WallProfileCollector : TimedProfileCollector
{
    private readonly CpuSource _running = CpuSource.Create();
    private readonly ThreadStackSource _waiting = ThreadStackSource.Create();

    internal override string? UnsupportedReason => _waiting.UnsupportedReason ?? _running.UnsupportedReason;

    internal override void Start() => _running.Prepare();

    internal override async Task CollectAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        int rate = (int)arguments["hz"];
        var samples = new WallSamples(profile);
        profile.Comments.Add($"source: {_running.Describe(rate)}, and threads at rest");
        double looks = 0;
        samples.Complete(await CpuRecording.RunAsync(_running, rate, samples, WatchAsync, cancellation));
        profile.Comments.Add(string.Create(CultureInfo.InvariantCulture, $"where it waits was looked for {looks:F0} times a second of each thread"));

        async Task WatchAsync()
        {
            ThreadWatch watch = _waiting.TryWatch(rate, samples, out string? refusal) ?? throw new ProfileUnavailableException(refusal!);
            try
            {
                await CollectionPeriod.WaitAsync(duration, cancellation);
            }
            finally
            {
                looks = await watch.StopAsync();
            }
        }
    }
}
