namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// What the samples of a session stand for, against what the process used. What threads used that ended before a
/// sample could see them is found as the difference, so that no CPU time is silently missing from a profile.
/// </summary>
internal sealed class CpuAccount(long periodNanoseconds)
{
    // A timer that expired is noticed at the next tick of the kernel's clock, 10 ms at the slowest.
    private const long TickNanoseconds = 10_000_000;

    private long _seen;

    /// <summary>
    /// Adds the periods that samples of a thread stand for which has no clock to read: it has no timer, or has ended.
    /// Periods that its clock shows and no sample stands for are taken back by a negative <paramref name="weight"/>.
    /// </summary>
    public void AddSamples(long weight) => _seen += weight * periodNanoseconds;

    /// <summary>Adds what a thread that is still there has used: its clock is exact where samples are whole periods.</summary>
    public void AddThread(long cpuNanoseconds) => _seen += cpuNanoseconds;

    /// <summary>Adds what a thread has used in the session, at the end of it.</summary>
    /// <param name="thread">The thread, with the samples that came.</param>
    /// <param name="cpuNanoseconds">What its clock shows now; negative where it has ended.</param>
    /// <returns>
    /// Periods that have passed and whose signals are on their way to the thread, which are to count as its last sample.
    /// </returns>
    public long Settle(SampledThread thread, long cpuNanoseconds)
    {
        if (cpuNanoseconds < 0)
        {
            AddSamples(thread.Weight);
            return 0;
        }

        AddThread(cpuNanoseconds - thread.StartCpu);
        long pending = Math.Max(0, thread.Expiries(cpuNanoseconds, periodNanoseconds) - thread.Weight);
        if (pending <= 2 + (TickNanoseconds / periodNanoseconds) && thread.LastSample >= 0)
        {
            return pending;
        }

        // More cannot be on their way: the thread keeps the signal blocked. Or no sample says where they belong.
        AddSamples(-pending);
        return 0;
    }

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
