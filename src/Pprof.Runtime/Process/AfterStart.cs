namespace Pprof.Process;

/// <summary>What can wait until a service that has just started has answered its first requests.</summary>
internal static class AfterStart
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    /// <summary>Calls <paramref name="begin"/> two seconds from now, on a thread of this package. Returns at once.</summary>
    public static void Run(Action begin)
    {
        try
        {
            // A thread that sleeps costs less at the start than a clock and who hears it, and needs no pool, which the program may
            // have taken.
            OwnThreads.Start("pprof start", () =>
            {
                Thread.Sleep(s_pause);
                begin();
            });
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            // Who asks for a profile begins what it needs.
        }
    }
}
