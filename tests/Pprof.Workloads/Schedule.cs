using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Pprof.Process;

namespace Pprof.Workloads;

/// <summary>Work whose every step is known, and timed by itself: what a trace of it must show.</summary>
internal static class Schedule
{
    private const int Items = 200;
    private const int Waiters = 3;
    private const int Threads = 4;
    private const int Collections = 2;
    private const int Nodes = 1_000_000;
    private const int Starved = 300;

    private static readonly TimeSpan s_item = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_part = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private static readonly object s_lock = new();
    private static readonly ConcurrentDictionary<string, long> s_truth = new();
    private static readonly ConcurrentDictionary<int, bool> s_threads = new();
    private static int s_waiting;

    /// <summary>Runs it on a thread of its own, and tells what was done: a line for each count or sum of nanoseconds.</summary>
    /// <param name="pause">Where <see cref="PauseAsync"/> is served.</param>
    public static Task<string> RunAsync(Uri pause) =>
        Task.Factory.StartNew(() => Run(pause), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>An answer that takes a while.</summary>
    public static Task PauseAsync() => Task.Delay(s_pause);

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

    private static string Run(Uri pause)
    {
        s_truth.Clear();
        s_threads.Clear();
        long allocated = GC.GetTotalAllocatedBytes();
        using (PprofTrace.Task("schedule"))
        {
            RunOnFewThreads(RunItems);
            using (var second = new OtherThread("schedule 2"))
            using (var third = new OtherThread("schedule 3"))
            {
                RunFirstAsync(second, third).Wait();
            }

            RunDelayAsync().Wait();
            Request(pause);
            Throw();
            Collect();
        }

        PprofTrace.Log("schedule", "done");
        s_truth["items"] = Items;
        s_truth["waiters"] = Waiters;
        s_truth["threads"] = s_threads.Count;
        s_truth["collections"] = Collections;
        s_truth["allocated"] = GC.GetTotalAllocatedBytes() - allocated;
        var text = new StringBuilder();
        foreach ((string name, long value) in s_truth)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
        }

        return text.ToString();
    }

    private static void RunOnFewThreads(Action work)
    {
        ThreadPool.GetMinThreads(out int min, out int minPorts);
        ThreadPool.GetMaxThreads(out int max, out int maxPorts);
        if (!ThreadPool.SetMinThreads(Threads, minPorts) || !ThreadPool.SetMaxThreads(Threads, maxPorts))
        {
            throw new InvalidOperationException("the pool does not have so few threads");
        }

        try
        {
            work();
        }
        finally
        {
            ThreadPool.SetMaxThreads(max, maxPorts);
            ThreadPool.SetMinThreads(min, minPorts);
        }
    }

    private static void RunItems()
    {
        using var ended = new CountdownEvent(Items);
        RunLock(ended);
        for (int i = Waiters; i < Items; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static ended => RunItem((CountdownEvent)ended!), ended);
        }

        ended.Wait();
    }

    private static void RunItem(CountdownEvent ended)
    {
        int thread = SystemThreads.CurrentId;
        s_threads[thread] = true;
        long start = Stopwatch.GetTimestamp();
        using (PprofTrace.Region("item"))
        {
            Thread.Sleep(s_item);
        }

        PprofTrace.Log("item", $"{Stopwatch.GetTimestamp() - start} thread={thread}");
        ended.Signal();
    }

    private static void RunLock(CountdownEvent ended)
    {
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

            Thread.Sleep(s_pause);
        }
    }

    private static void RunWaiter(CountdownEvent ended)
    {
        Interlocked.Increment(ref s_waiting);
        long start = Stopwatch.GetTimestamp();
        lock (s_lock)
        {
            PprofTrace.Log("waited", $"{Stopwatch.GetTimestamp() - start}");
            Interlocked.Decrement(ref s_waiting);
            RunItem(ended);
        }
    }

    private static async Task RunFirstAsync(OtherThread second, OtherThread third)
    {
        Thread.Sleep(s_part);
        Task rest = RunSecondAsync(second, third);
        long suspended = Stopwatch.GetTimestamp();
        await rest;
        long resumed = Stopwatch.GetTimestamp();
        Thread.Sleep(s_part);
        Tell(nameof(RunFirstAsync), suspended, resumed);
    }

    private static async Task RunSecondAsync(OtherThread second, OtherThread third)
    {
        Thread.Sleep(s_part);
        Task rest = RunThirdAsync(second, third);
        long suspended = Stopwatch.GetTimestamp();
        await rest;
        long resumed = Stopwatch.GetTimestamp();
        Thread.Sleep(s_part);
        Tell(nameof(RunSecondAsync), suspended, resumed);
    }

    private static async Task RunThirdAsync(OtherThread second, OtherThread third)
    {
        Thread.Sleep(s_part);
        Task rest = RunFourthAsync(second, third);
        long suspended = Stopwatch.GetTimestamp();
        await rest;
        long resumed = Stopwatch.GetTimestamp();
        Thread.Sleep(s_part);
        Tell(nameof(RunThirdAsync), suspended, resumed);
    }

    private static async Task RunFourthAsync(OtherThread second, OtherThread third)
    {
        Thread.Sleep(s_part);
        long suspended = Stopwatch.GetTimestamp();
        await second;
        long resumed = Stopwatch.GetTimestamp();
        Thread.Sleep(s_part);
        long between = Stopwatch.GetTimestamp();
        await third;
        resumed += Stopwatch.GetTimestamp() - between;
        Thread.Sleep(s_part);
        Tell(nameof(RunFourthAsync), suspended, resumed);
    }

    private static async Task RunDelayAsync()
    {
        Task delay = Task.Delay(s_pause);
        long suspended = Stopwatch.GetTimestamp();
        await delay;
        Tell(nameof(RunDelayAsync), suspended, Stopwatch.GetTimestamp());
    }

    /// <summary>A method ends that was suspended at a time, and has run since another, the times of its later waits added.</summary>
    private static void Tell(string method, long suspended, long resumed)
    {
        long now = Stopwatch.GetTimestamp();
        s_truth[method] = now - suspended;
        s_truth[method + ".runs"] = now - resumed;
    }

    private static void Request(Uri pause)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, pause);
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = client.Send(request);
        s_truth["request"] = Stopwatch.GetTimestamp() - start;
        answer.EnsureSuccessStatusCode();
    }

    private static void Throw()
    {
        try
        {
            Fail();
        }
        catch (InvalidOperationException)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail() => throw new InvalidOperationException("the schedule says so");

    private static void Collect()
    {
        // What is in use takes the collector's time.
        var nodes = new Node?[Nodes];
        for (int i = 0; i < Nodes; i++)
        {
            nodes[i] = new Node(i == 0 ? null : nodes[i / 2]);
        }

        TimeSpan paused = GC.GetTotalPauseDuration();
        using (PprofTrace.Region("collect"))
        {
            for (int i = 0; i < Collections; i++)
            {
                GC.Collect();
            }
        }

        s_truth["paused"] = (long)(GC.GetTotalPauseDuration() - paused).TotalNanoseconds;
        GC.KeepAlive(nodes);
    }

    private sealed class Node(Node? parent)
    {
        public Node? Parent => parent;
    }
}
