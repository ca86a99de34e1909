using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Pprof.Workloads;

/// <summary>Work whose every step is known, and timed by itself: what a trace of it must show.</summary>
internal static class Schedule
{
    private const int Items = 200;
    private const int Waiters = 3;
    private const int Steps = 4;
    private const int Starved = 300;

    private static readonly TimeSpan s_item = TimeSpan.FromMilliseconds(5);
    private static readonly object s_lock = new();
    private static long s_waited;
    private static int s_waiting;

    /// <summary>Runs it, and tells what was done: a line for each count or sum of nanoseconds.</summary>
    public static async Task<string> RunAsync()
    {
        s_waited = 0;
        using (PprofTrace.Task("schedule"))
        {
            RunItems();
            RunLock();
            await RunChainAsync(Steps);
            GC.Collect();
            GC.Collect();
        }

        PprofTrace.Log("schedule", "done");
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"items {Items}\nwaiters {Waiters}\nwaited {s_waited}\nsteps {Steps}\ncollections 2\n");
        return text.ToString();
    }

    /// <summary>Has the pool wait in all its threads, with more of the same queued, for a moment.</summary>
    public static string Starve()
    {
        using var end = new ManualResetEvent(false);
        using var ended = new CountdownEvent(Starved);
        for (int i = 0; i < Starved; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => WaitFor(end, ended), null);
        }

        Thread.Sleep(300);
        long queued = ThreadPool.PendingWorkItemCount;
        end.Set();
        ended.Wait();
        return $"queued {queued}\n";
    }

    private static void WaitFor(ManualResetEvent end, CountdownEvent ended)
    {
        end.WaitOne();
        ended.Signal();
    }

    private static void RunItems()
    {
        using var ended = new CountdownEvent(Items);
        for (int i = 0; i < Items; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static ended => RunItem((CountdownEvent)ended!), ended);
        }

        ended.Wait();
    }

    private static void RunItem(CountdownEvent ended)
    {
        long start = Stopwatch.GetTimestamp();
        Thread.Sleep(s_item);
        PprofTrace.Log("item", $"{Stopwatch.GetTimestamp() - start}");
        ended.Signal();
    }

    private static void RunLock()
    {
        using var ended = new CountdownEvent(Waiters);
        lock (s_lock)
        {
            for (int i = 0; i < Waiters; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static ended => RunWaiter((CountdownEvent)ended!), ended);
            }

            // Until each of them waits.
            while (Volatile.Read(ref s_waiting) < Waiters)
            {
                Thread.Sleep(1);
            }

            Thread.Sleep(100);
        }

        ended.Wait();
    }

    private static void RunWaiter(CountdownEvent ended)
    {
        Interlocked.Increment(ref s_waiting);
        long start = Stopwatch.GetTimestamp();
        lock (s_lock)
        {
            Interlocked.Add(ref s_waited, Stopwatch.GetTimestamp() - start);
        }

        Interlocked.Decrement(ref s_waiting);
        ended.Signal();
    }

    private static async Task RunChainAsync(int left)
    {
        using (PprofTrace.Region("step"))
        {
            Thread.Sleep(s_item);
        }

        await Task.Delay(10);
        if (left > 1)
        {
            await RunChainAsync(left - 1);
        }
    }
}
