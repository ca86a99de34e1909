using Pprof.Process;
using Pprof.Sources.CpuTime;

namespace Pprof.Collectors.Cpu;

/// <summary>CPU time that is sampled while something else goes on.</summary>
internal static class CpuRecording
{
    /// <summary>Samples CPU time from when <paramref name="body"/> is called until it has ended.</summary>
    /// <param name="source">Who sees it.</param>
    /// <param name="rate">Samples per second that one thread uses.</param>
    /// <param name="sink">Gets the samples.</param>
    /// <param name="body">What goes on meanwhile, from when threads are sampled.</param>
    /// <param name="cancellation">The client hung up, or the application ends.</param>
    /// <exception cref="ProfileUnavailableException">There can be no sampling.</exception>
    /// <exception cref="ProfilerBusyException">As many are under way as the source can serve.</exception>
    public static async Task<CpuCoverage> RunAsync(CpuSource source, int rate, ICpuSink sink, Func<Task> body, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            CpuSampling sampling = Start(source, rate, sink);
            bool hasStarted = false;
            try
            {
                await sampling.Started.OrCanceledAsync(cancellation);
                hasStarted = true;
                await body();
            }
            catch (Exception e) when (hasStarted || e is OperationCanceledException)
            {
                await sampling.StopAsync();
                throw;
            }

            return await sampling.StopAsync();
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

    private static CpuSampling Start(CpuSource source, int rate, ICpuSink sink) => source.TryStart(rate, sink, out string? refusal)
        ?? throw (refusal is null
            ? new ProfilerBusyException("Could not enable CPU profiling: cpu profiling already in use")
            : new ProfileUnavailableException(refusal));
}
