using Pprof.Labels;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// The life of one sampling: a timer on every thread, a buffer that the signal handler fills, and a thread that reads it.
/// Several can run at the same time, each with its own timers.
/// </summary>
internal sealed class CpuSession : CpuSampling
{
    private const int MinSlots = 1024;
    private const int MaxSlots = 8192;

    private readonly SampleBuffer _buffer;
    private readonly ICpuSink _sink;
    private readonly CpuSampler _sampler;
    private readonly string _description;
    private readonly ManualResetEventSlim _stop = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CpuCoverage> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CpuSession(SampleBuffer buffer, int rate, ICpuSink sink, string description)
    {
        _description = description;
        _buffer = buffer;
        _sink = sink;
        _sampler = new CpuSampler(buffer, rate, sink);
    }

    /// <summary>
    /// Starts sampling at <paramref name="rate"/> samples per second of CPU time; the profile says <paramref name="description"/>.
    /// </summary>
    /// <returns>The session, or null when as many run as the handler can serve.</returns>
    /// <exception cref="SamplingRefusedException">There is no memory for samples, or no thread to read them.</exception>
    public static CpuSession? TryStart(int rate, ICpuSink sink, string description)
    {
        // Seconds of samples. On a machine with more threads than cores the reader has to wait for its turn like all
        // others, and at the first sampling of a process it has to be compiled. Only slots that are used take memory.
        int slots = Math.Clamp(Environment.ProcessorCount * rate * 4, MinSlots, MaxSlots);
        if (SampleBuffer.TryCreate(slots) is not { } buffer)
        {
            return null;
        }

        try
        {
            var session = new CpuSession(buffer, rate, sink, description);
            OwnThreads.Start("pprof CPU", session.Run, 512 * 1024);
            return session;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // However the runtime puts it. CoreCLR opens files for a thread: where none can be opened, that is what lacks.
            buffer.Dispose();
            throw new SamplingRefusedException(
                ThreadStatus.Read(Environment.ProcessId, "Threads:") is null
                    ? "the process has no free descriptor, which a thread that reads the samples needs; raise the limit of open files (ulimit -n)"
                    : "the system has no thread that could read the samples; raise the limit of threads (ulimit -u) or of the container (pids.max), or give the process more memory",
                e);
        }
    }

    /// <inheritdoc/>
    public override Task Started => _started.Task;

    /// <inheritdoc/>
    public override Task<CpuCoverage> StopAsync()
    {
        _stop.Set();
        return _result.Task;
    }

    private void Run()
    {
        try
        {
            CpuCoverage coverage;
            RecentLabels.Open();
            try
            {
                using (_buffer)
                {
                    CpuRehearsal.RunOnce(_sink);
                    coverage = _sampler.Sample(() => _started.TrySetResult(), _stop, TimeSpan.MaxValue);
                }
            }
            finally
            {
                RecentLabels.Close();
            }

            _result.SetResult(coverage with { Source = _description });
        }
        catch (Exception e)
        {
            // Who waits for the start is told; after it, who waits for the end.
            _result.SetException(e);
            if (_started.TrySetException(e))
            {
                _ = _result.Task.Exception;
            }
        }
    }
}
