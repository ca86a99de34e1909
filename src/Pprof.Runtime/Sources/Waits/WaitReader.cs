using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Pprof.Unwinding;

namespace Pprof.Sources.Waits;

/// <summary>Reads waits that were recorded on the thread that waited, and hands them on.</summary>
internal abstract unsafe class WaitReader(
    AllocationRing ring, IWaitSink contentions, IWaitSink waits, WaitThinning thinning, LabelsAtTime labels) : IRecordReader
{
    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];

    /// <summary>Whether waits that are not for contended locks are wanted.</summary>
    protected bool SeesWaits => waits.IsActive;

    /// <summary>Finds the frames of stacks.</summary>
    protected StackUnwinder Unwinder { get; set; } = new();

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        thinning.Count(ring.Tail);
        ReadWait(record);
    }

    /// <summary>Everything that had been recorded has been read.</summary>
    public virtual void Rest()
    {
    }

    /// <summary>Hands on what the record says.</summary>
    protected abstract void ReadWait(AllocationRecord* record);

    /// <summary>The frames of the record's stack from the first managed one on; empty where there is none.</summary>
    protected ReadOnlySpan<nuint> FramesOf(AllocationRecord* record)
    {
        int count = AllocationRecord.Unwind(record, Unwinder, _frames);
        return Unwinder.FirstManaged == count ? [] : _frames.AsSpan(Unwinder.FirstManaged, count - Unwinder.FirstManaged);
    }

    /// <summary>The labels of the record's thread.</summary>
    protected SampledLabels ThreadLabelsOf(AllocationRecord* record) => labels.Of((int)record->Thread, (long)record->Time, (int)record->Route);

    /// <summary>The number of waits for which the record stands.</summary>
    protected int WeightOf(AllocationRecord* record) => thinning.WeightOf(record->Keep);

    /// <summary>A wait for a contended lock has ended with the lock, or would have.</summary>
    protected void RecordContention(ReadOnlySpan<nuint> frames, LabelSet holder, SampledLabels threadLabels, long nanoseconds, int weight, double count = 1)
    {
        if (contentions.IsActive)
        {
            contentions.Record(frames, holder, threadLabels, nanoseconds, weight, count);
        }

        RecordWait(frames, WaitKind.Lock, threadLabels, nanoseconds, weight, count);
    }

    /// <summary>A wait has ended.</summary>
    protected void RecordWait(ReadOnlySpan<nuint> frames, LabelSet kind, SampledLabels threadLabels, long nanoseconds, int weight, double count = 1)
    {
        if (waits.IsActive)
        {
            waits.Record(frames, kind, threadLabels, nanoseconds, weight, count);
        }
    }
}
