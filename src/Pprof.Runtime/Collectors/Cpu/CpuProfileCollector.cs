using Pprof.Process;
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
        try
        {
            await SampleAsync(profile, duration, arguments, cancellation);
        }
        catch (SamplingRefusedException e)
        {
            throw new ProfileUnavailableException(e.Message, e);
        }
        catch (OutOfMemoryException e)
        {
            throw new ProfileUnavailableException("there is no memory for the profile; give the process more", e);
        }
    }

    private async Task SampleAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        int rate = (int)arguments["hz"];
        cancellation.ThrowIfCancellationRequested();
        var samples = new CpuSamples(profile);
        CpuSampling sampling = Start(rate, samples);
        profile.Comments.Add($"source: {_source.Describe(rate)}");
        try
        {
            await sampling.Started.OrCanceledAsync(cancellation);
            await CollectionPeriod.WaitAsync(duration, cancellation);
        }
        catch (OperationCanceledException)
        {
            await sampling.StopAsync();
            throw;
        }

        samples.Complete(await sampling.StopAsync());
    }

    private CpuSampling Start(int rate, CpuSamples samples) => _source.TryStart(rate, samples, out string? refusal)
        ?? throw (refusal is null
            ? new ProfilerBusyException("Could not enable CPU profiling: cpu profiling already in use")
            : new ProfileUnavailableException(refusal));
}
