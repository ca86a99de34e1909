using Pprof.Profiles;
using Pprof.Sources.CpuTime;

namespace Pprof.Collectors.Cpu;

/// <summary>CPU time, user and system, by stack.</summary>
internal sealed class CpuProfileCollector(CpuSource source) : TimedProfileCollector
{
    public CpuProfileCollector()
        : this(CpuSource.Create())
    {
    }

    internal override string? UnsupportedReason => source.UnsupportedReason;

    internal override void Start() => source.Prepare();

    internal override async Task CollectAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        int rate = (int)arguments["hz"];
        var samples = new CpuSamples(profile);
        CpuCoverage coverage = await CpuRecording.RunAsync(
            source, rate, samples, () => CollectionPeriod.WaitAsync(duration, cancellation), cancellation);
        profile.Comments.Add($"source: {coverage.Source}");
        samples.Complete(coverage);
    }
}
