using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Pprof.Sources.Trace;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waits.Linked;

/// <summary>
/// Reads the waits that the hooks recorded: tells by their frames which are for contended locks, and which are nothing of
/// the application's, and teaches the hooks what it has found out.
/// </summary>
internal sealed unsafe class LinkedWaitReader(
    AllocationRing ring, IWaitSink contentions, IWaitSink waits, LinkedWaitHooks hooks, WaitThinning thinning, LabelsAtTime labels, Func<WaitLog?> log)
    : WaitReader(ring, contentions, waits, thinning, labels)
{
    // Places that are taught: those of the runtime's own waiting, which are few.
    private const int MaxLearned = 24;

    // What the unwinder and the classifier remember is right for ever: no code of a NativeAOT program is ever replaced.
    private readonly WaitClassifier _classifier = NewClassifier();
    private readonly HashSet<(nuint Offset, nuint Address)> _learned = [];

    /// <summary>Tells what threads wait for in a program that was compiled ahead of time.</summary>
    public static WaitClassifier NewClassifier() => new(ManagedSymbols.Create(), CodeOwners.OfCompiled);

    /// <inheritdoc/>
    protected override void ReadWait(AllocationRecord* record)
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
            Learn(record, frames, _classifier.IndexOfIdle(frames), RecordedWait.Idle);
            return;
        }

        bool isLock = kind == WaitKind.Lock;
        WaitLog? moments = log();
        if (!isLock && !SeesWaits && moments is null)
        {
            Learn(record, frames, _classifier.IndexOfWait(frames, isShared: false), RecordedWait.Other);
            return;
        }

        // As the runtime's events have it, which know nothing of how a thread is made to wait.
        frames = frames[Math.Max(0, isLock ? _classifier.IndexOfLock(frames) : _classifier.IndexOfWait(frames, isShared: true))..];

        if (moments is not null && record->Thread != 0)
        {
            moments.Add((int)record->Thread, (long)record->Time, (long)record->Size, kind, frames);
        }

        // A lock is waited for again where another thread was quicker: that is the same contention.
        double count = record->Type;
        if (isLock)
        {
            RecordContention(frames, LabelSet.Empty, ThreadLabelsOf(record), (long)record->Size, WeightOf(record), count);
        }
        else
        {
            RecordWait(frames, LabelSet.Empty, ThreadLabelsOf(record), (long)record->Size, WeightOf(record), count);
        }
    }

    /// <summary>Teaches the hooks the place of a wait for a lock, unless they know it. Whether it was one.</summary>
    public bool LearnLock(AllocationRecord* record)
    {
        ReadOnlySpan<nuint> frames = FramesOf(record);
        return record->Kind == (uint)RecordedWait.Lock || Learn(record, frames, _classifier.IndexOfLock(frames), RecordedWait.Lock);
    }

    private bool Learn(AllocationRecord* record, ReadOnlySpan<nuint> frames, int at, RecordedWait kind)
    {
        if (at < 0 || record->Kind != (uint)RecordedWait.Unknown)
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
