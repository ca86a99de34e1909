using Pprof.Process;
using Pprof.Unwinding;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>Samples the threads of the process for a while, and settles the account in the end. Used once.</summary>
internal sealed class CpuSampler
{
    private readonly SampleBuffer _buffer;
    private readonly ICpuSink _sink;
    private readonly long _period;
    private readonly TimeSpan _interval;
    private readonly StackUnwinder _unwinder = new();
    private readonly CpuAccount _account;

    /// <summary>Samples <paramref name="rate"/> times per second of CPU time.</summary>
    public CpuSampler(SampleBuffer buffer, int rate, ICpuSink sink)
    {
        _buffer = buffer;
        _sink = sink;
        _period = 1_000_000_000 / rate;
        // A fifth of the buffer at the most is in use when the reader comes back on time.
        _interval = TimeSpan.FromMilliseconds(rate > 200 ? 20 : 50);
        _account = new CpuAccount(_period);
    }

    /// <summary>
    /// Samples until <paramref name="stop"/> is set or <paramref name="limit"/> has passed.
    /// </summary>
    /// <param name="started">Called when the timers run.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="limit">Ends it at the next reading after this time.</param>
    public CpuCoverage Sample(Action started, ManualResetEventSlim stop, TimeSpan limit)
    {
        long startCpu = Libc.Nanoseconds(Libc.ProcessCpuClock);
        long start = TimeProvider.System.GetTimestamp();
        _sink.Begin(_period);
        using var threads = new TimedThreads(_buffer, _account, _period);
        var reader = new SampleReader(_unwinder, threads, _account, _sink);
        started();
        while (!stop.Wait(_interval) && TimeProvider.System.GetElapsedTime(start) < limit)
        {
            _buffer.Drain(reader);
            threads.Update();
        }

        _buffer.Drain(reader);
        long cpu = Libc.Nanoseconds(Libc.ProcessCpuClock) - startCpu;
        TimeSpan duration = TimeProvider.System.GetElapsedTime(start);
        int blocking = Settle(threads);
        long lost = _buffer.Lost;
        _account.AddSamples(lost);
        return new CpuCoverage
        {
            Duration = duration,
            LostPeriods = lost,
            UnseenNanoseconds = _account.Unseen(cpu),
            SamplesWithoutLabels = reader.SamplesWithoutLabels,
            SharedNames = PassingMethod.SharedNames,
            ThreadsWithoutTimer = threads.WithoutTimer,
            UntimedThreadsAreSampled = threads.HasProcessTimer,
            ThreadsThatBlockSignals = blocking,
        };
    }

    /// <summary>
    /// Counts the periods that have passed and whose signals are still on their way. A thread gets them only when it runs
    /// again. On a busy machine they are a good part of what many threads used in a short time. They count where the
    /// thread was seen last, as any other of its samples would.
    /// </summary>
    /// <returns>The threads whose signals do not come, because they block them.</returns>
    private int Settle(TimedThreads threads)
    {
        int blocking = 0;
        foreach (SampledThread thread in threads.Running)
        {
            long cpu = Libc.Nanoseconds(Libc.ThreadCpuClock(thread.SystemId));
            long pending = _account.Settle(thread, cpu);
            if (pending > 0)
            {
                _sink.AddTo(thread.LastSample, pending);
            }
            else if (thread.Expiries(cpu, _period) > thread.Weight && SignalMask.Blocks(thread.SystemId, SignalHandler.Signal))
            {
                blocking++;
            }
        }

        return blocking;
    }
}
