namespace Pprof.Sources.Threads.AtRest;

/// <summary>Threads that are looked at again and again.</summary>
internal abstract class ThreadWatch
{
    /// <summary>Ends it. By then the sink has the time of every thread up to this call.</summary>
    /// <returns>How often a thread was looked at in a second, on average.</returns>
    public abstract Task<double> StopAsync();
}
