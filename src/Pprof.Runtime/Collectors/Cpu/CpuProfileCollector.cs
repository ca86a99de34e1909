using Pprof.Profiles;
using Pprof.Sources.CpuTime;

namespace Pprof.Collectors.Cpu;

/// <summary>CPU time, user and system, by stack.</summary>
internal sealed class CpuProfileCollector : TimedProfileCollector
{
    private readonly CpuSource _source = CpuSource.Create();

    internal override string? UnsupportedReason => _source.UnsupportedReason;

    internal override void Start() => _source.Prepare();

    internal override async Task CollectAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        int rate = (int)arguments["hz"];
        var samples = new CpuSamples(profile);
        profile.Comments.Add($"source: {_source.Describe(rate)}");
        samples.Complete(await CpuRecording.RunAsync(
            _source, rate, samples, () => CollectionPeriod.WaitAsync(duration, cancellation), cancellation));
    }
}
