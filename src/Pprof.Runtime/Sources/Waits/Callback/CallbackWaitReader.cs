using System.Diagnostics;
using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Pprof.Symbols.CoreClr;
using Pprof.Unwinding;

namespace Pprof.Sources.Waits.Callback;

/// <summary>
/// Reads the waits that the callback recorded: leaves out the frames that are only there because a wait is told of, finds out
/// who held a lock, and what becomes of parts of contentions.
/// </summary>
/// <param name="ring">Where they are recorded.</param>
/// <param name="contentions">Gets the waits for contended locks.</param>
/// <param name="waits">Gets all waits, these included.</param>
/// <param name="thinning">Tells for how many waits a record stands.</param>
/// <param name="labels">Tells the labels of a thread.</param>
/// <param name="slots">Where the callback keeps what threads wait for; null where it is not known which are still there.</param>
internal sealed unsafe class CallbackWaitReader(
    AllocationRing ring, IWaitSink contentions, IWaitSink waits, WaitThinning thinning, LabelsAtTime labels, WaitSlots? slots)
    : WaitReader(ring, contentions, waits, thinning, labels)
{
    // What the unwinder remembers is some hundred bytes each, and not right for ever: code is replaced and unloaded.
    private const int MaxRemembered = 24 * 1024;
    private static readonly TimeSpan s_maxAge = TimeSpan.FromMinutes(10);

    // To look through all slots takes some 20 microseconds, and one or two for each thread that waits.
    private static readonly TimeSpan s_slotAge = TimeSpan.FromSeconds(2);

    // A wait for a lock ends with the lock, after one more round of spinning, or in another wait. On a busy machine the
    // thread may lose its core in between.
    private static readonly long s_spinning = Stopwatch.Frequency;

    private readonly LockFrames _lockFrames = new(NativeMethodLookup.Find);
    private readonly LockTakes _takes = new();
    private readonly HolderLabels _holders = new();
    private readonly OpenContentions _open = new();
    private long _unwinderSince = Stopwatch.GetTimestamp();
    private long _slotsSince = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    protected override void ReadWait(AllocationRecord* record)
    {
        ReadOnlySpan<nuint> frames = FramesOf(record);
        frames = frames[_lockFrames.CountUnknown(frames)..];
        int thread = (int)record->Thread;
        long ended = (long)record->Time;
        if (record->Kind == (uint)RecordedWait.Lock)
        {
            _takes.See(thread, record->Handle, frames);
            EndOpen(thread, without: record->Handle);
            ReadContention(record, thread, ended, frames);
        }
        else if (record->Kind == (uint)RecordedWait.Other)
        {
            _takes.See(thread, record->Handle, frames);
            EndOpen(thread);
            RecordWait(frames, LabelSet.Empty, ThreadLabelsOf(record), (long)record->Size, WeightOf(record));
        }
        else
        {
            ReadPart(record, thread, ended, frames);
        }
    }

    /// <inheritdoc/>
    public override void Rest()
    {
        while (_open.EndBefore(Stopwatch.GetTimestamp() - s_spinning) is { } contention)
        {
            Record(contention);
        }

        if (Unwinder.Remembered > MaxRemembered || Stopwatch.GetElapsedTime(_unwinderSince) > s_maxAge)
        {
            Unwinder = new StackUnwinder();
            _unwinderSince = Stopwatch.GetTimestamp();
        }

        if (slots is not null && Stopwatch.GetElapsedTime(_slotsSince) > s_slotAge)
        {
            slots.FreeOfEnded();
            _slotsSince = Stopwatch.GetTimestamp();
        }
    }

    private void ReadContention(AllocationRecord* record, int thread, long ended, ReadOnlySpan<nuint> frames)
    {
        nuint tookAt = _takes.Find((long)record->Address, (long)record->Period, (int)record->Type, before: record->Handle);
        RecordContention(frames[_lockFrames.CountTracing(frames)..], _holders.Of(tookAt), ThreadLabelsOf(record), (long)record->Size, WeightOf(record));
        _takes.Add((long)record->Address, ended, thread, frames[_lockFrames.CountLocking(frames)..]);
    }

    /// <summary>
    /// A wait within a contention. If it is not the lock that waits, the contention was over without an end: the lock was not
    /// had in time, or the wait for it was interrupted.
    /// </summary>
    private void ReadPart(AllocationRecord* record, int thread, long ended, ReadOnlySpan<nuint> frames)
    {
        int waiting = _lockFrames.CountWaiting(frames);
        bool hasEnded = record->Kind == (uint)RecordedWait.Part;
        if (waiting >= 0)
        {
            EndOpen(thread, without: record->Handle);
            if (hasEnded)
            {
                _open.Set(thread, record->Handle, ended, frames[waiting..], ThreadLabelsOf(record), WeightOf(record));
            }

            return;
        }

        EndOpen(thread);
        if (hasEnded)
        {
            _takes.See(thread, ended - (long)record->Size, frames);
            RecordWait(frames, LabelSet.Empty, ThreadLabelsOf(record), (long)record->Size, WeightOf(record));
        }
    }

    /// <summary>The thread has gone on: what is open of it has ended with its last part, unless it is that contention.</summary>
    private void EndOpen(int thread, long without = 0)
    {
        if (_open.Take(thread) is { } contention && contention.Began != without)
        {
            Record(contention);
        }
    }

    private void Record(OpenContention contention) =>
        RecordWait(contention.Frames, WaitKind.Lock, contention.Labels, contention.Ended - contention.Began, contention.Weight);
}
