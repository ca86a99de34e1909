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
    private SampleLog? _log;

    /// <summary>Why there are no samples; null where there are.</summary>
    public string? Failure { get; private set; }

    /// <summary>Begins, or says why that cannot be.</summary>
    public async Task StartAsync(SampleLog log, CancellationToken cancellation)
    {
        _log = log;
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
    /// <returns>What is missing of them, in words.</returns>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        if (_sampling is not { } sampling)
        {
            return [];
        }

        _sampling = null;
        CpuCoverage coverage = await sampling.StopAsync();
        return [.. Gaps(coverage, _log!.Lost)];
    }

    /// <summary>The same of what a sampling covered, where its log had no room for so many samples.</summary>
    internal static IEnumerable<string> Gaps(CpuCoverage coverage, long lost)
    {
        lost += coverage.LostPeriods + coverage.LostEvents;
        if (lost > 0)
        {
            yield return $"{lost} samples of CPU time are missing";
        }

        if (coverage.ThreadsWithoutTimer > 0 && !coverage.UntimedThreadsAreSampled)
        {
            yield return $"{coverage.ThreadsWithoutTimer} threads have no samples of CPU time: there was no timer for them";
        }

        if (coverage.Failure is { } failure)
        {
            yield return "the samples of CPU time ended early: " + failure;
        }
    }
}
