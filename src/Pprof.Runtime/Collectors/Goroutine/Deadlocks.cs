using Pprof.Profiles;

namespace Pprof.Collectors.Goroutine;

/// <summary>
/// Finds threads that wait for each other in a circle. A thread that waits does one wait at a time, so from each there is one
/// way on, and a circle is found by going it.
/// </summary>
internal static class Deadlocks
{
    /// <summary>The circles, each once, from its thread with the lowest id on.</summary>
    public static List<IReadOnlyList<WaitStep>> Of(WaitGraph waits)
    {
        Dictionary<int, (WaitStep Step, int Next)> steps = [];
        foreach (ContendedLock contended in waits.Locks)
        {
            foreach (LockWaiter waiter in contended.Waiters)
            {
                // With a timeout it goes on by itself.
                if (contended.Holder is { } holder && !waiter.HasTimeout)
                {
                    steps.TryAdd(waiter.Thread, (new WaitStep(waiter.Thread, contended, null), holder));
                }
            }
        }

        foreach (TaskWait wait in waits.TaskWaits)
        {
            if (wait.Runner is { } runner && !wait.HasTimeout)
            {
                steps.TryAdd(wait.Thread, (new WaitStep(wait.Thread, null, wait), runner));
            }
        }

        List<IReadOnlyList<WaitStep>> circles = [];
        Dictionary<int, int> seen = [];
        foreach (int start in steps.Keys.Order())
        {
            List<WaitStep> way = [];
            int thread = start;
            while (steps.TryGetValue(thread, out (WaitStep Step, int Next) step) && seen.TryAdd(thread, start))
            {
                way.Add(step.Step);
                thread = step.Next;
            }

            // The way ends in a circle where it comes back to itself, not to one that was gone before.
            if (seen.TryGetValue(thread, out int by) && by == start && way.FindIndex(step => step.Thread == thread) is >= 0 and int first)
            {
                circles.Add(FromLowest(way[first..]));
            }
        }

        return circles;
    }

    private static List<WaitStep> FromLowest(List<WaitStep> circle)
    {
        int lowest = circle.IndexOf(circle.MinBy(static step => step.Thread));
        return [.. circle[lowest..], .. circle[..lowest]];
    }
}
