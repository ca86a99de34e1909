namespace Pprof.Sources.CpuTime;

/// <summary>CPU time that is being sampled. Several can run at the same time.</summary>
internal abstract class CpuSampling
{
    /// <summary>
    /// Completes when threads are sampled; fails where they cannot be, with a <see cref="SamplingRefusedException"/> where
    /// the system lacks something.
    /// </summary>
    public abstract Task Started { get; }

    /// <summary>Ends it and gives everything back. By then the sink has all samples up to this call.</summary>
    public abstract Task<CpuCoverage> StopAsync();
}
