namespace Pprof.Sources.Waits;

/// <summary>
/// How much of the waiting is sampled. Apart from the collectors, so that who sets a rate does not link them.
/// </summary>
internal static class WaitRates
{
    private static readonly Lock s_gate = new();
    private static int s_mutexFraction;
    private static long s_blockRate;

    /// <summary>
    /// Raised after a rate has changed, with whether it has to hold when the call that changed it returns.
    /// </summary>
    public static event Action<bool>? Changed;

    /// <summary>One in so many contentions of a lock is sampled; 0 for none.</summary>
    public static int MutexFraction => Volatile.Read(ref s_mutexFraction);

    /// <summary>Nanoseconds of waiting for one sample; 1 or less above 0 for all, 0 for none.</summary>
    public static long BlockRate => Volatile.Read(ref s_blockRate);

    /// <summary>Sets <see cref="MutexFraction"/> and returns what it was.</summary>
    public static int SetMutexFraction(int fraction, bool atOnce = true)
    {
        int before;
        lock (s_gate)
        {
            before = s_mutexFraction;
            s_mutexFraction = fraction;
        }

        if (before != fraction)
        {
            Changed?.Invoke(atOnce);
        }

        return before;
    }

    /// <summary>Sets <see cref="BlockRate"/>.</summary>
    public static void SetBlockRate(long nanoseconds, bool atOnce = true)
    {
        long before;
        lock (s_gate)
        {
            before = s_blockRate;
            s_blockRate = nanoseconds;
        }

        if (before != nanoseconds)
        {
            Changed?.Invoke(atOnce);
        }
    }
}
