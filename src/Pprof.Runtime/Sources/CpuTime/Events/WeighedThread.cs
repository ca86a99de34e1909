namespace Pprof.Sources.CpuTime.Events;

/// <summary>
/// Divides the CPU time of one thread among its samples, and makes of it what a timer on the thread's clock would: a sample for
/// each period of CPU time, the first at a random place in a period.
/// </summary>
/// <remarks>
/// A sample stands for no more CPU time than time has passed since the one before. What is left waits for the next: of a thread
/// that mostly waits and runs for moments, few samples show it running, and these stand for all that it used. One in native code
/// takes only what is left for longer than a moment, because such a thread may wait; one that waits takes nothing.
/// </remarks>
internal sealed class WeighedThread(long firstExpiry)
{
    /// <summary>
    /// CPU time, in nanoseconds, that is kept for samples in managed code. The smaller it is, the sooner waiting in native code is
    /// taken for work.
    /// </summary>
    public const long Kept = 10_000_000;

    // What was used where no sample shows it, in the kernel on the way to rest say, must not be laid on what runs much later.
    private const long MaxOwed = 10 * Kept;

    private long _owed;
    private long _time;
    private long _cpu;

    /// <summary>What its clock showed.</summary>
    public CpuReadings Readings { get; } = new();

    /// <summary>CPU time that its samples stand for, in nanoseconds.</summary>
    public long Position { get; private set; }

    /// <summary>The number that the sink gave to its last sample, or -1.</summary>
    public int LastSample { get; set; } = -1;

    /// <summary>When its clock could not be read any more; null while it can.</summary>
    public long? Ended { get; set; }

    /// <summary>Readings in a row that found that it had not run, up to a bound.</summary>
    public int Idle { get; set; }

    /// <summary>Readings to leave out, as it rests.</summary>
    public int Skipped { get; set; }

    /// <summary>From here on its CPU time counts.</summary>
    public void Begin(long timestamp, long cpu)
    {
        Readings.Reset(timestamp, cpu);
        _time = timestamp;
        _cpu = cpu;
        _owed = 0;
    }

    /// <summary>Takes a sample into account.</summary>
    /// <returns>The CPU time that it stands for; 0 where it counts nothing.</returns>
    public long Take(long timestamp, SampledActivity activity)
    {
        if (timestamp <= _time)
        {
            return 0;
        }

        long elapsed = timestamp - _time;
        _time = timestamp;
        Owe(Readings.At(timestamp));
        long taken = activity switch
        {
            SampledActivity.Managed => Math.Min(_owed, elapsed),
            SampledActivity.Native => Math.Clamp(_owed - Kept, 0, elapsed),
            _ => 0,
        };
        _owed -= taken;
        return taken;
    }

    /// <summary>What is left at the end, of what was kept for a sample that has not come.</summary>
    public long TakeRest()
    {
        Owe(Readings.Last);
        long rest = Math.Min(_owed, Kept);
        _owed = 0;
        return rest;
    }

    /// <summary>Goes on by <paramref name="cpuNanoseconds"/>. Returns the periods that have become full by it.</summary>
    public long Advance(long cpuNanoseconds, long periodNanoseconds)
    {
        long before = Expiries(periodNanoseconds);
        Position += cpuNanoseconds;
        return Expiries(periodNanoseconds) - before;
    }

    private void Owe(long cpu)
    {
        _owed = Math.Min(_owed + cpu - _cpu, MaxOwed);
        _cpu = cpu;
    }

    private long Expiries(long period) => Position < firstExpiry ? 0 : 1 + ((Position - firstExpiry) / period);
}
