using System.Diagnostics;
using Pprof.Process;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Waits.Linked;

/// <summary>
/// Sees to it, before the first wait of the application is recorded, that a thread which waits for a lock comes by, with a
/// stack that names the lock, and for how long: with a limit of time and without, as these are waits of their own. What it
/// sees teaches the hooks which waits are for locks.
/// </summary>
internal sealed unsafe class LinkedWaitSelfTest(AllocationRing ring, LinkedWaitHooks hooks, LinkedWaitReader reader) : IRecordReader
{
    // A thread can lose its core before it waits.
    private const int Attempts = 5;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly object _contended = new();
    private ulong _longest;
    private bool _isLearned;
    private bool _isRecorded;

    /// <summary>Tests. Returns what is not as expected; null where everything is.</summary>
    public string? Run()
    {
        try
        {
            return Contend(Timeout.InfiniteTimeSpan) ?? Contend(s_patience);
        }
        finally
        {
            hooks.Watch(Watched.Nothing);
            ring.Restrict(0);
            _ = ring.Drain(this);
        }
    }

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        _isRecorded = true;
        _isLearned |= reader.LearnLock(record);
        _longest = Math.Max(_longest, record->Size);
    }

    private string? Contend(TimeSpan limit)
    {
        string? mismatch = null;
        for (int i = 0; i < Attempts; i++)
        {
            mismatch = ContendOnce(limit);
            if (mismatch is null)
            {
                break;
            }
        }

        return mismatch;
    }

    private string? ContendOnce(TimeSpan limit)
    {
        (_isRecorded, _isLearned, _longest) = (false, false, 0);
        TimeSpan held;
        Thread thread;
        lock (_contended)
        {
            thread = OwnThreads.Start("pprof waits", () => Enter(limit));
            long start = Stopwatch.GetTimestamp();
            while ((thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) == 0 && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                Thread.Sleep(1);
            }

            start = Stopwatch.GetTimestamp();
            Thread.Sleep(2);
            held = Stopwatch.GetElapsedTime(start);
        }

        _ = thread.Join(s_patience);
        _ = ring.Drain(this);
        return !_isRecorded ? "no wait for a lock came by"
            : _longest < held.TotalNanoseconds / 2 ? "a wait is not as long as it was"
            : !_isLearned ? "the lock is not on the stack of who waits for it, or has no name (StackTraceSupport is false)"
            : null;
    }

    private void Enter(TimeSpan limit)
    {
        ring.Restrict((uint)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0));
        hooks.Watch(Watched.All);
        if (Monitor.TryEnter(_contended, limit))
        {
            Monitor.Exit(_contended);
        }

        hooks.Watch(Watched.Nothing);
    }
}
