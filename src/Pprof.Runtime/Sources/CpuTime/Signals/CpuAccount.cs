namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// What the samples of a session stand for, against what the process used. What threads used that ended before a
/// sample could see them is found as the difference, so that no CPU time is silently missing from a profile.
/// </summary>
internal sealed class CpuAccount(long periodNanoseconds)
{
    private long _seen;

    /// <summary>
    /// Adds samples of a thread that has no timer, or had one and ended; takes back, where <paramref name="weight"/> is
    /// negative, periods of a thread that no sample came for.
    /// </summary>
    public void AddSamples(long weight) => _seen += weight * periodNanoseconds;

    /// <summary>Adds what a thread that is still there has used: its clock is exact where samples are whole periods.</summary>
    public void AddThread(long cpuNanoseconds) => _seen += cpuNanoseconds;

    /// <summary>
    /// CPU time, in nanoseconds, of <paramref name="processCpu"/> that no sample stands for; 0 where the difference is
    /// within what sampling itself can be off.
    /// </summary>
    public long Unseen(long processCpu)
    {
        long unseen = processCpu - _seen;
        return unseen > 2 * periodNanoseconds && unseen > processCpu / 200 ? unseen : 0;
    }
}
