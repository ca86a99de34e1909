using System.Diagnostics;
using System.Runtime.CompilerServices;
using Pprof.Process;
using Pprof.Sources.Allocations;
using Pprof.Symbols.CoreClr;
using Pprof.Unwinding;

namespace Pprof.Sources.Waits.Callback;

/// <summary>
/// Sees to it, before the first wait of the application is recorded, that this runtime is as the callback expects it: a thread
/// contends for a monitor and for a <see cref="Lock"/>, and waits for an event. Each comes by, on that thread, as long as it
/// was, with the method that waits on its stack.
/// </summary>
internal sealed unsafe class CallbackWaitSelfTest(AllocationRing ring) : IRecordReader
{
    // A thread can lose its core before it waits, and the runtime forget what a session wants until another begins.
    private const int Attempts = 5;

    private const int Milliseconds = 2;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];
    private readonly StackUnwinder _unwinder = new();
    private readonly object _monitor = new();
    private readonly Lock _lock = new();
    private readonly Case[] _cases =
    [
        new("contention for a monitor", RecordedWait.Lock, nameof(EnterMonitor)),
        new("contention for a Lock", RecordedWait.Lock, nameof(EnterLock)),
        new("wait for an event", RecordedWait.Other, nameof(WaitForEvent)),
    ];

    private uint _thread;
    private volatile int _step;

    /// <summary>Tests. Returns what is not as expected; null where everything is.</summary>
    public string? Run()
    {
        try
        {
            string? mismatch = null;
            for (int i = 0; i < Attempts && (i == 0 || mismatch is not null); i++)
            {
                if (i > 0)
                {
                    ring.Stop();
                }

                ring.Watched = (uint)Watched.All;
                int result = ring.Start();
                if (result < 0)
                {
                    return AllocationRing.NotBegunText(result);
                }

                WaitOnce();
                mismatch = _cases.Select(static test => test.Mismatch).FirstOrDefault(static text => text is not null);
            }

            return mismatch;
        }
        finally
        {
            ring.Stop();
            ring.Restrict(0);
            _ = ring.Drain(this);
        }
    }

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        int count = AllocationRecord.Unwind(record, _unwinder, _frames);
        foreach (nuint frame in _frames.AsSpan(0, count))
        {
            if (NativeMethodLookup.Find(frame) is { } method && method.DeclaringType == typeof(CallbackWaitSelfTest)
                && _cases.FirstOrDefault(test => test.Method == method.Name && test.Kind == (RecordedWait)record->Kind) is { } seen)
            {
                seen.IsRecorded = true;
                seen.IsOnItsThread = record->Thread == _thread;
                seen.Recorded = record->Size / 1e6;
            }
        }
    }

    private void WaitOnce()
    {
        Array.ForEach(_cases, static test => test.IsRecorded = false);
        _step = 0;
        Thread thread;
        lock (_monitor)
        {
            lock (_lock)
            {
                thread = OwnThreads.Start("pprof waits", Wait);
                Hold(thread, step: 1);
            }

            Hold(thread, step: 2);
        }

        _ = thread.Join(s_patience);
        _ = ring.Drain(this);
    }

    // Until the thread waits in this step. It may still look as in the one before, and not run for a while.
    private void Hold(Thread thread, int step)
    {
        long start = Stopwatch.GetTimestamp();
        while ((_step < step || (thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) == 0) && Stopwatch.GetElapsedTime(start) < s_patience)
        {
            Thread.Sleep(1);
        }

        Thread.Sleep(Milliseconds);
    }

    private void Wait()
    {
        _thread = (uint)SystemThreads.CurrentId;
        ring.Restrict(_thread);
        _step = 1;
        _cases[1].Measure(EnterLock);
        _step = 2;
        _cases[0].Measure(EnterMonitor);
        _cases[2].Measure(WaitForEvent);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterMonitor()
    {
        lock (_monitor)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterLock()
    {
        lock (_lock)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForEvent()
    {
        using var never = new ManualResetEvent(false);
        _ = never.WaitOne(Milliseconds);
    }

    /// <summary>One thing to wait for.</summary>
    private sealed class Case(string name, RecordedWait kind, string method)
    {
        private double _measured;

        public RecordedWait Kind => kind;

        public string Method => method;

        public bool IsRecorded { get; set; }

        public bool IsOnItsThread { get; set; }

        /// <summary>Milliseconds.</summary>
        public double Recorded { get; set; }

        public string? Mismatch =>
            !IsRecorded ? $"no {name} was told of with its stack"
            : !IsOnItsThread ? $"a {name} was told of on another thread"
            : Recorded < Milliseconds * 0.5 || Recorded > _measured ? $"a {name} of {_measured:f1} ms was told of with {Recorded:f1}"
            : null;

        public void Measure(Action wait)
        {
            long start = Stopwatch.GetTimestamp();
            wait();
            _measured = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }
}
