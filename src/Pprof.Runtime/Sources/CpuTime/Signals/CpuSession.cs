using Pprof.Labels;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// The life of one sampling: a timer on every thread, a buffer that the signal handler fills, and a thread that reads it.
/// Several can run at the same time, each with its own timers.
/// </summary>
internal sealed class CpuSession : OwnThreadSampling
{
    private const int MinSlots = 1024;
    private const int MaxSlots = 8192;
    private const int ReaderStackSize = 512 * 1024;

    private readonly SampleBuffer _buffer;
    private readonly ICpuSink _sink;
    private readonly CpuSampler _sampler;
    private readonly string _description;

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
            session.StartThread(ReaderStackSize);
            return session;
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            // CoreCLR opens files for a thread: where none can be opened, that is what lacks.
            buffer.Dispose();
            throw new SamplingRefusedException(OwnThreads.WhyNone("reads the samples"), e);
        }
    }

    /// <inheritdoc/>
    protected override CpuCoverage Sample()
    {
        RecentLabels.Open();
        try
        {
            using (_buffer)
            {
                CpuRehearsal.RunOnce(_sink);
                return _sampler.Sample(SetStarted, Stop, TimeSpan.MaxValue) with { Source = _description };
            }
        }
        finally
        {
            RecentLabels.Close();
        }
    }
}
