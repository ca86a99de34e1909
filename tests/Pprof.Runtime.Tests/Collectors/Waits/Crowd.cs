using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pprof.Runtime.Tests.Collectors.Waits;

/// <summary>A lock that many threads want, which measures how long they waited for it.</summary>
internal sealed class Crowd
{
    private readonly object _gate = new();
    private long _contentions;
    private long _waited;

    public long Entered { get; private set; }

    public long Contentions => Interlocked.Read(ref _contentions);

    public long WaitedNanoseconds => Interlocked.Read(ref _waited);

    public void Enter()
    {
        if (!Monitor.TryEnter(_gate))
        {
            long start = Stopwatch.GetTimestamp();
            EnterTaken();
            Interlocked.Add(ref _waited, Stopwatch.GetElapsedTime(start).Ticks * TimeSpan.NanosecondsPerTick);
            Interlocked.Increment(ref _contentions);
        }

        Entered++;
        Thread.Sleep(1);
        Monitor.Exit(_gate);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void EnterTaken() => Monitor.Enter(_gate);
}
