using Pprof.Labels;
using Pprof.Profiles;
using Pprof.Unwinding;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// Reads the samples that the signal handler wrote: finds the thread, the labels and the stack of each and hands them on.
/// Nothing is allocated for a sample.
/// </summary>
internal sealed class SampleReader(StackUnwinder unwinder, TimedThreads threads, CpuAccount account, ICpuSink sink) : ISampleReader
{
    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];

    /// <summary>Samples that had labels which nobody remembers.</summary>
    public long SamplesWithoutLabels { get; private set; }

    /// <inheritdoc/>
    public void Read(in CapturedSample sample, ReadOnlySpan<nuint> stack, ReadOnlySpan<nuint> chain)
    {
        if (!threads.TryFind(in sample, out SampledThread? thread))
        {
            return;
        }

        long weight = (long)sample.Weight;
        LabelSet labels = LabelsOf(in sample, thread);
        int index;
        if (sink.IsFull)
        {
            index = sink.AddWithoutStack(weight);
        }
        else
        {
            RegisterState registers = sample.ToRegisters();
            var memory = new StackMemory(
                sample.Sp, stack, chain, stack.Length == SampleBuffer.MaxStackWords, chain.Length == SampleBuffer.MaxChainWords);
            int count = unwinder.Unwind(in registers, sample.Pc, in memory, _frames);
            index = sink.Add(sample.Time, thread?.SystemId ?? (int)sample.SystemId, _frames.AsSpan(0, count), labels, weight);
        }

        if (thread is null)
        {
            account.AddSamples(weight);
        }
        else
        {
            thread.Weight += weight;
            thread.LastSample = index;
        }
    }

    private LabelSet LabelsOf(in CapturedSample sample, SampledThread? thread)
    {
        if (sample.Labels == 0)
        {
            return LabelSet.Empty;
        }

        // A thread that has ended since is not known any more.
        if (RecentLabels.Find(sample.Labels, thread?.SystemId ?? 0) is { } pushed)
        {
            return pushed.Labels;
        }

        SamplesWithoutLabels++;
        return LabelSet.Empty;
    }
}
