namespace Pprof.Sources.CpuTime.Events;

/// <summary>
/// What the CPU clock of one thread showed at some moments, and between them. Samples come some hundred milliseconds after they
/// were taken: what the clock showed then has to be kept for so long.
/// </summary>
internal sealed class CpuReadings
{
    // While the thread uses CPU time, one reading every 10 ms at the lowest rate: more than two seconds.
    private const int MaxReadings = 256;

    private readonly Queue<Reading> _later = [];
    private Reading _from;
    private Reading _last;
    private bool _isLastKept;

    /// <summary>What the last reading showed, in nanoseconds.</summary>
    public long Last => _last.Cpu;

    /// <summary>When it was taken.</summary>
    public long LastTimestamp => _last.Timestamp;

    /// <summary>Begins anew: the clock showed <paramref name="cpu"/> then, and nothing is known of before.</summary>
    public void Reset(long timestamp, long cpu)
    {
        _later.Clear();
        _from = _last = new Reading(timestamp, cpu);
        _isLastKept = true;
    }

    /// <summary>Adds a reading. Of those that show the same only the first and the last are kept.</summary>
    /// <param name="timestamp">When it was taken, in nanoseconds of the clock that samples have.</param>
    /// <param name="cpu">What the clock showed, in nanoseconds: not less than before.</param>
    public void Add(long timestamp, long cpu)
    {
        bool hasRun = cpu != _last.Cpu;
        if (hasRun)
        {
            if (!_isLastKept)
            {
                // It stood still until then.
                _later.Enqueue(_last);
            }

            _later.Enqueue(new Reading(timestamp, cpu));
            while (_later.Count > MaxReadings)
            {
                _from = _later.Dequeue();
            }
        }

        _last = new Reading(timestamp, cpu);
        _isLastKept = hasRun;
    }

    /// <summary>
    /// What the clock showed at <paramref name="timestamp"/>, as if the thread had run evenly between two readings. Who asks must
    /// not go back in time.
    /// </summary>
    public long At(long timestamp)
    {
        Reading to;
        while (_later.TryPeek(out to) && to.Timestamp <= timestamp)
        {
            _from = _later.Dequeue();
        }

        return _later.Count == 0 || timestamp <= _from.Timestamp
            ? _from.Cpu
            : _from.Cpu + (long)((to.Cpu - _from.Cpu) * ((double)(timestamp - _from.Timestamp) / (to.Timestamp - _from.Timestamp)));
    }

    private readonly record struct Reading(long Timestamp, long Cpu);
}
