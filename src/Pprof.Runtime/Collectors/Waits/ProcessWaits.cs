using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>The waits of this process: one source, and what the two profiles have of it.</summary>
internal static class ProcessWaits
{
    private static int s_follows;

    /// <summary>Those of the mutex profile.</summary>
    public static SampledWaits Mutex => Made.Mutex;

    /// <summary>Those of the block profile.</summary>
    public static SampledWaits Block => Made.Block;

    /// <summary>Who sees them.</summary>
    public static WaitSource Source => Made.Source;

    /// <summary>Has waits watched in the background when a rate is set, which may have been already.</summary>
    public static void Follow()
    {
        if (Interlocked.Exchange(ref s_follows, 1) == 0)
        {
            WaitSource.MutexFraction.WhenOn(static () => Source.UpdateAsync());
            WaitSource.BlockRate.WhenOn(static () => Source.UpdateAsync());
        }
    }

    // A service that never asks for waits has no need of them.
    private static class Made
    {
        public static readonly SampledWaits Mutex = new MutexWaits();
        public static readonly SampledWaits Block = new BlockWaits();
        public static readonly WaitSource Source = WaitSource.Create(Mutex, Block);
    }
}
