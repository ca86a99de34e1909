using System.Diagnostics;
using Pprof.Profiles;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.Goroutine;

/// <summary>Tells from what the thread pool counts, and from what its threads do, whether it gets on.</summary>
internal static class PoolLook
{
    /// <summary>What it did between two readings of its counters, in between which <paramref name="threads"/> were looked at.</summary>
    public static PoolActivity Between(in PoolCounters before, in PoolCounters after, IReadOnlyList<ProfileThread> threads)
    {
        List<ProfileThread> own = [.. threads.Where(static thread => thread.Name == PoolCounters.ThreadName).OrderBy(static thread => thread.Id)];
        List<ProfileThread> old = own[..Math.Min(own.Count, before.Threads)];

        // One that the application has given another name is not found: then nothing is said of all. One that has come meanwhile
        // is among the last, and has just begun.
        bool allWait = old.Count > 0 && old.Count >= before.Threads && old.TrueForAll(Waits);
        return new PoolActivity(
            after.Threads,
            after.Min,
            after.Max,
            Math.Min(before.Queued, after.Queued),
            Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp),
            after.Completed - before.Completed,
            allWait ? CountByState(own.FindAll(Waits)) : [])
        {
            Grown = Math.Max(0, after.Threads - before.Threads),
        };
    }

    private static bool Waits(ProfileThread thread) =>
        thread.State is not (ThreadActivity.Running or ThreadActivity.Runnable or ThreadActivity.Idle or ThreadActivity.Unknown);

    private static List<(string State, int Count)> CountByState(List<ProfileThread> threads) =>
        [.. threads.CountBy(static thread => thread.State).OrderByDescending(static state => state.Value).Select(static state => (state.Key, state.Value))];
}
