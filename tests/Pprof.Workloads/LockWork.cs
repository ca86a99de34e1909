namespace Pprof.Workloads;

/// <summary>
/// Two threads for each lock, each of which keeps it until the other one waits for it, and comes back when that one has it:
/// every entry is a contention.
/// </summary>
internal static class LockWork
{
    private static readonly List<Thread> s_threads = [];
    private static readonly List<Pair> s_pairs = [];

    [ThreadStatic]
    private static int s_number;

    /// <summary>Takes the lock of this thread's pair once.</summary>
    public static void RunOne()
    {
        if (s_number == 0)
            Join();

        int own = s_number;
        Pair pair = s_pairs[(own - 1) / 2];
        Contend(pair, own, Volatile.Read(ref pair.Members[own % 2]));
    }

    private static void Contend(Pair pair, int own, Thread? other)
    {
        lock (pair)
        {
            Volatile.Write(ref pair.Owner, own);
            while (other is { IsAlive: true } && (other.ThreadState & ThreadState.WaitSleepJoin) == 0)
                Thread.Yield();
        }

        while (other is { IsAlive: true } && Volatile.Read(ref pair.Owner) == own)
            Thread.Yield();
    }

    private static void Join()
    {
        lock (s_threads)
        {
            s_threads.Add(Thread.CurrentThread);
            s_number = s_threads.Count;
            if (s_number % 2 == 1)
                s_pairs.Add(new Pair());

            // Number 1 looks for its partner in slot 1, number 2 for its own in slot 0.
            s_pairs[^1].Members[1 - (s_number % 2)] = Thread.CurrentThread;
        }
    }

    private sealed class Pair
    {
        public readonly Thread?[] Members = new Thread?[2];
        public int Owner;
    }
}
