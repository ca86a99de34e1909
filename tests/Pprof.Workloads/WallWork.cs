using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>A thread that sleeps 60 %, waits for a lock 30 % and runs 10 %, in turns of some 100 ms.</summary>
internal static class WallWork
{
    private static readonly object s_gate = new();
    private static readonly SemaphoreSlim s_wanted = new(0);
    private static readonly Lazy<Thread> s_holder = new(StartHolder);
    private static bool s_held;

    /// <summary>One turn.</summary>
    public static void RunOne()
    {
        _ = s_holder.Value;
        Section.Time(nameof(Asleep), Asleep);
        Section.Time(nameof(Busy), Busy);
        Section.Time(nameof(Locked), Locked);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Asleep() => Thread.Sleep(Random.Shared.Next(45, 76));

    /// <summary>Runs until the other thread has the lock.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Busy()
    {
        long end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 1000 * Random.Shared.Next(7, 14));
        Volatile.Write(ref s_held, false);
        s_wanted.Release();
        while (Stopwatch.GetTimestamp() < end || !Volatile.Read(ref s_held))
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Locked()
    {
        lock (s_gate)
            Volatile.Write(ref s_held, false);
    }

    private static Thread StartHolder()
    {
        var thread = new Thread(static () =>
        {
            while (true)
            {
                s_wanted.Wait();
                lock (s_gate)
                {
                    Volatile.Write(ref s_held, true);
                    Thread.Sleep(Random.Shared.Next(32, 49));
                }
            }
        })
        {
            IsBackground = true,
            Name = "holder",
        };
        thread.Start();
        return thread;
    }
}
