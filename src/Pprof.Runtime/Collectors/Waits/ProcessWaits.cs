using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>The waits of this process: one source, and what the two profiles have of it.</summary>
internal static class ProcessWaits
{
    /// <summary>Those of the mutex profile.</summary>
    public static readonly SampledWaits Mutex = new MutexWaits();

    /// <summary>Those of the block profile.</summary>
    public static readonly SampledWaits Block = new BlockWaits();

    /// <summary>Who sees them.</summary>
    public static readonly WaitSource Source = WaitSource.Create(Mutex, Block);
}
