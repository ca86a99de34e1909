using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Pprof.Sources.Trace;
using Pprof.Symbols.Managed;
using Pprof.Unwinding;

namespace Pprof.Sources.Waits.Linked;

/// <summary>
/// Reads the waits that the hooks recorded: tells by their frames which are for contended locks, and which are nothing of
/// the application's, hands them on, and teaches the hooks what it has found out.
/// </summary>
internal sealed unsafe class LinkedWaitReader(
    IWaitSink contentions, IWaitSink waits, LinkedWaitHooks hooks, WaitThinning thinning, LabelsAtTime labels, Func<WaitLog?> log) : IRecordReader
{
    // Places that are taught: those of the runtime's own waiting, which are few.
    private const int MaxLearned = 24;

    // What the unwinder and the classifier remember is right for ever: no code of a NativeAOT program is ever replaced.
    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];
    private readonly StackUnwinder _unwinder = new();
    private readonly WaitClassifier _classifier = NewClassifier();
    private readonly HashSet<(nuint Offset, nuint Address)> _learned = [];

    /// <summary>Tells what threads wait for in a program that was compiled ahead of time.</summary>
    public static WaitClassifier NewClassifier() => new(ManagedSymbols.Create(), CodeOwners.OfCompiled);

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        ReadOnlySpan<nuint> frames = FramesOf(record);
        if (frames.IsEmpty)
        {
            // The runtime's own.
            return;
        }

        LabelSet? kind = _classifier.Classify(frames);
        if (kind is null)
        {
            Learn(record, frames, _classifier.IndexOfIdle(frames), HookedWait.Idle);
            return;
        }

        bool isLock = kind == WaitKind.Lock;
        WaitLog? moments = log();
        if (!isLock && !waits.IsActive && moments is null)
        {
            Learn(record, frames, _classifier.IndexOfWait(frames, isShared: false), HookedWait.Other);
            return;
        }

        // As the runtime's events have it, which know nothing of how a thread is made to wait.
        frames = frames[Math.Max(0, isLock ? _classifier.IndexOfLock(frames) : _classifier.IndexOfWait(frames, isShared: true))..];
        long nanoseconds = (long)record->Size;
        int weight = thinning.WeightOf(record->Keep);

        // A lock is waited for again where another thread was quicker: that is the same contention.
        double count = record->Type;
        SampledLabels threadLabels = labels.Of((int)record->Thread, (long)record->Time, (int)record->Route);
        if (isLock && contentions.IsActive)
        {
            contentions.Record(frames, LabelSet.Empty, threadLabels, nanoseconds, weight, count);
        }

        if (moments is not null && record->Thread != 0)
        {
            moments.Add((int)record->Thread, (long)record->Time, nanoseconds, kind, frames);
        }

        if (waits.IsActive)
        {
            waits.Record(frames, isLock ? WaitKind.Lock : LabelSet.Empty, threadLabels, nanoseconds, weight, count);
        }
    }

    /// <summary>Teaches the hooks the place of a wait for a lock, unless they know it. Whether it was one.</summary>
    public bool LearnLock(AllocationRecord* record)
    {
        ReadOnlySpan<nuint> frames = FramesOf(record);
        return record->Kind == (uint)HookedWait.Lock || Learn(record, frames, _classifier.IndexOfLock(frames), HookedWait.Lock);
    }

    private ReadOnlySpan<nuint> FramesOf(AllocationRecord* record)
    {
        int count = AllocationRecord.Unwind(record, _unwinder, _frames);
        return _unwinder.FirstManaged == count ? [] : _frames.AsSpan(_unwinder.FirstManaged, count - _unwinder.FirstManaged);
    }

    private bool Learn(AllocationRecord* record, ReadOnlySpan<nuint> frames, int at, HookedWait kind)
    {
        if (at < 0 || record->Kind != (uint)HookedWait.Unknown)
        {
            return false;
        }

        int word = AllocationRecord.WordsOf(record).IndexOf(ReturnAddress.OfFrame(frames[at]));
        if (word < 0)
        {
            return false;
        }

        (nuint offset, nuint address) = ((nuint)(word * sizeof(nuint)), ReturnAddress.OfFrame(frames[at]));
        if (_learned.Count < MaxLearned && _learned.Add((offset, address)))
        {
            hooks.Learn(offset, address, kind);
        }

        return true;
    }
}
