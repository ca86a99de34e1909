using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pprof.Runtime.Tests.Collectors.Waits;

/// <summary>Threads that wait in methods that can be found in a profile, and measure for how long.</summary>
internal static class WaitWork
{
    private static readonly TimeSpan s_hold = TimeSpan.FromMilliseconds(40);

    /// <summary>Runs <paramref name="wait"/> on a thread of its own while another holds what <paramref name="enter"/> enters.</summary>
    public static TimeSpan WhileHeld(Action enter, Action exit, Action wait)
    {
        using var held = new ManualResetEventSlim();
        TimeSpan waited = default;
        var waiter = new Thread(() =>
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                wait();
            }
            catch (ThreadInterruptedException)
            {
                return;
            }
            finally
            {
                waited = Stopwatch.GetElapsedTime(start);
            }
        });
        var holder = new Thread(() => Hold(enter, exit, held, waiter));
        holder.Start();
        holder.Join();
        waiter.Join();
        return waited;
    }

    /// <summary>Returns as soon as another thread has entered, which it exits again after a while.</summary>
    public static void AfterTaken(Action enter, Action exit)
    {
        int taken = 0;
        Thread waiter = Thread.CurrentThread;
        new Thread(() =>
        {
            enter();
            Volatile.Write(ref taken, 1);
            HoldWhileWaiting(waiter);
            exit();
        }).Start();
        while (Volatile.Read(ref taken) == 0)
        {
            Thread.Yield();
        }
    }

    /// <summary>Runs <paramref name="body"/> on so many threads and waits for them.</summary>
    public static void OnThreads(int count, Action<int> body)
    {
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() => body(i), 256 * 1024))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Hold(Action enter, Action exit, ManualResetEventSlim held, Thread waiter)
    {
        enter();
        try
        {
            held.Set();
            waiter.Start();
            HoldWhileWaiting(waiter);
        }
        finally
        {
            exit();
        }
    }

    private static void HoldWhileWaiting(Thread waiter)
    {
        SpinWait.SpinUntil(() => (waiter.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0 || !waiter.IsAlive);
        Thread.Sleep(s_hold);
    }
}
