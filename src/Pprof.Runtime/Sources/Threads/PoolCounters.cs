using System.Diagnostics;

namespace Pprof.Sources.Threads;

/// <summary>What the thread pool of the runtime counts.</summary>
/// <param name="Timestamp">When, by the monotonic clock.</param>
/// <param name="Threads">How many threads it has.</param>
/// <param name="Min">How many it has at once where work comes.</param>
/// <param name="Max">How many it has at the most.</param>
/// <param name="Queued">Work items that no thread has begun.</param>
/// <param name="Completed">Work items that were completed since the start of the process.</param>
internal readonly record struct PoolCounters(long Timestamp, int Threads, int Min, int Max, long Queued, long Completed)
{
    /// <summary>The name of its threads, of which the system keeps no more than these letters.</summary>
    public const string ThreadName = ".NET TP Worker";

    /// <summary>What it counts now. Waits for no thread.</summary>
    public static PoolCounters Read()
    {
        ThreadPool.GetMinThreads(out int min, out _);
        ThreadPool.GetMaxThreads(out int max, out _);
        return new PoolCounters(Stopwatch.GetTimestamp(), ThreadPool.ThreadCount, min, max, ThreadPool.PendingWorkItemCount, ThreadPool.CompletedWorkItemCount);
    }
}
