namespace Pprof.Sources.Threads;

/// <summary>Threads that are looked at again and again.</summary>
internal abstract class ThreadWatch
{
    /// <summary>Ends it. By then the sink has the time of every thread up to this call.</summary>
    public abstract Task<WatchCoverage> StopAsync();
}
