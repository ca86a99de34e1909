using Pprof.Process;
using Pprof.Sources.CpuTime;
using Pprof.Sources.Trace;

namespace Pprof.Collectors.Trace;

/// <summary>CPU time that is sampled while a trace is under way, where it can be.</summary>
internal sealed class TraceSampling
{
    // As Go's.
    private const int Rate = 100;

    private CpuSampling? _sampling;

    /// <summary>Why there are no samples; null where there are.</summary>
    public string? Failure { get; private set; }

    /// <summary>Begins, or says why that cannot be.</summary>
    public async Task StartAsync(SampleLog log, CancellationToken cancellation)
    {
        try
        {
            // The runtime's own sampling stops all threads, which a trace would show.
            _sampling = CpuSource.CreateWithoutStops().TryStart(Rate, log, out string? refusal);
            if (_sampling is null)
            {
                Failure = refusal ?? "as many CPU profiles are under way as there can be";
                return;
            }

            await _sampling.Started.OrCanceledAsync(cancellation);
        }
        catch (SamplingRefusedException e)
        {
            Failure = e.Message;
            _sampling = null;
        }
    }

    /// <summary>Ends it. By then the log has all samples up to this call.</summary>
    public async Task StopAsync()
    {
        if (_sampling is { } sampling)
        {
            _sampling = null;
            _ = await sampling.StopAsync();
        }
    }
}
