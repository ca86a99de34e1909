using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;

namespace Pprof.Sources.Trace;

/// <summary>Samples of CPU time. They are read later than they are taken, and those of a reading in any order.</summary>
internal sealed class SampleLog : LateLog, ICpuSink
{
    /// <inheritdoc/>
    public bool IsFull => false;

    /// <inheritdoc/>
    public void Begin(long periodNanoseconds)
    {
    }

    /// <inheritdoc/>
    public int Add(long time, int thread, ReadOnlySpan<nuint> frames, LabelSet labels, long periods)
    {
        if (time != 0 && thread != 0 && !OwnThreads.Contains(thread, time))
        {
            Add(new TraceMoment { Kind = TraceMomentKind.Sample, Thread = thread, Timestamp = time }, frames);
        }

        return 0;
    }

    /// <inheritdoc/>
    public int Add(ReadOnlySpan<nuint> frames, LabelSet labels, long periods) => 0;

    /// <inheritdoc/>
    public int AddWithoutStack(long periods) => 0;

    /// <inheritdoc/>
    public void AddTo(int sample, long periods)
    {
        // What no signal has told has no moment.
    }

    /// <inheritdoc/>
    public ICpuSink NewEmpty() => new SampleLog();
}
