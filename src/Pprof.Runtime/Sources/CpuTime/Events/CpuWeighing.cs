using Pprof.Profiles;
using Pprof.Sources.CpuTime.Signals;

namespace Pprof.Sources.CpuTime.Events;

/// <summary>
/// Gives each sample the CPU time that its thread used since the one before, and hands on those at whose place a period of CPU
/// time becomes full. All times are nanoseconds of one clock. Not safe for concurrent use.
/// </summary>
/// <param name="periodNanoseconds">CPU time from one sample of a thread to its next.</param>
/// <param name="clock">What a thread has used until now; negative where it has ended.</param>
/// <param name="sink">Gets the samples.</param>
internal sealed class CpuWeighing(long periodNanoseconds, Func<int, long> clock, ICpuSink sink)
{
    // Those that have ended are kept while samples of them can come.
    private const long KeptAfterEnd = 3_000_000_000;
    private const int MaxThreads = 1 << 16;

    // A thread that rests is read every 80 ms at the lowest rate: before its first samples come when it runs again.
    private const int MaxSkipped = 7;

    private readonly Dictionary<int, WeighedThread> _threads = [];
    private readonly CpuAccount _account = new(periodNanoseconds);
    private readonly List<int> _gone = [];
    private long _begin = long.MaxValue;
    private long _end = long.MaxValue;

    /// <summary>Samples that had labels which nobody remembers.</summary>
    public long SamplesWithoutLabels { get; private set; }

    /// <summary>The threads that are known: all that have been sampled.</summary>
    public int ThreadCount => _threads.Count;

    /// <summary>From now on CPU time counts.</summary>
    public void Begin(long timestamp)
    {
        _begin = timestamp;
        foreach ((int systemId, WeighedThread thread) in _threads)
        {
            long cpu = clock(systemId);
            thread.Begin(timestamp, Math.Max(0, cpu));
            thread.Ended = cpu < 0 ? timestamp : null;
        }
    }

    /// <summary>Reads the clocks of the threads. To be called again and again.</summary>
    public void Read(long timestamp)
    {
        foreach ((int systemId, WeighedThread thread) in _threads)
        {
            if (thread.Skipped > 0)
            {
                thread.Skipped--;
                continue;
            }

            if (!TryRead(systemId, thread, timestamp, out bool hasRun) && timestamp - thread.Ended > KeptAfterEnd)
            {
                _gone.Add(systemId);
            }

            // The id of one that has ended may be another's soon.
            thread.Idle = hasRun || thread.Ended is not null ? 0 : Math.Min(thread.Idle + 1, MaxSkipped);
            thread.Skipped = thread.Idle;
        }

        foreach (int systemId in _gone)
        {
            _account.AddThread(_threads[systemId].Position);
            _threads.Remove(systemId);
        }

        _gone.Clear();
    }

    /// <summary>What happens from now on does not count.</summary>
    public void End(long timestamp)
    {
        _end = timestamp;
        foreach ((int systemId, WeighedThread thread) in _threads)
        {
            _ = TryRead(systemId, thread, timestamp, out _);
        }
    }

    /// <summary>A sample. They come in the order of time, and later than they were taken.</summary>
    /// <param name="systemId">The thread.</param>
    /// <param name="timestamp">When it was taken.</param>
    /// <param name="now">The time.</param>
    /// <param name="activity">What the thread did.</param>
    /// <param name="frames">Its stack.</param>
    /// <param name="labels">The labels that held, looked up where the sample counts; null where nobody remembers.</param>
    public void Add(int systemId, long timestamp, long now, SampledActivity activity, ReadOnlySpan<nuint> frames, Func<int, long, LabelSet?> labels)
    {
        if (!_threads.TryGetValue(systemId, out WeighedThread? thread))
        {
            AddThread(systemId, timestamp, now);
            return;
        }

        if (timestamp <= _begin || timestamp > _end)
        {
            return;
        }

        long taken = thread.Take(timestamp, activity);
        long periods = thread.Advance(taken, periodNanoseconds);
        if (periods <= 0)
        {
            return;
        }

        if (sink.IsFull)
        {
            thread.LastSample = sink.AddWithoutStack(periods);
            return;
        }

        LabelSet? held = labels(systemId, timestamp);
        SamplesWithoutLabels += held is null ? 1 : 0;
        thread.LastSample = sink.Add(frames, held ?? LabelSet.Empty, periods);
    }

    /// <summary>All samples have come: accounts for what the threads used after their last.</summary>
    /// <returns>CPU time, in nanoseconds, of <paramref name="processCpu"/> that no sample stands for.</returns>
    public long Settle(long processCpu)
    {
        foreach (WeighedThread thread in _threads.Values)
        {
            if (thread.LastSample >= 0 && thread.Advance(thread.TakeRest(), periodNanoseconds) is > 0 and var periods)
            {
                sink.AddTo(thread.LastSample, periods);
            }

            _account.AddThread(thread.Position);
        }

        _threads.Clear();
        return _account.Unseen(processCpu);
    }

    private void AddThread(int systemId, long timestamp, long now)
    {
        if (_threads.Count >= MaxThreads || clock(systemId) is not (>= 0 and var cpu))
        {
            // It has ended already: how much it used nobody knows.
            return;
        }

        var thread = new WeighedThread(CpuTimer.RandomFirst(periodNanoseconds));
        long since = _begin == long.MaxValue ? timestamp : Math.Max(timestamp, _begin);
        BeginLate(thread, since, now, cpu);
        _threads.Add(systemId, thread);
    }

    private bool TryRead(int systemId, WeighedThread thread, long timestamp, out bool hasRun)
    {
        long cpu = clock(systemId);
        hasRun = cpu > thread.Readings.Last;
        if (cpu < 0)
        {
            thread.Ended ??= timestamp;
            return false;
        }

        if (thread.Ended is not null || cpu < thread.Readings.Last)
        {
            // The system has given its id to another.
            BeginLate(thread, thread.Ended ?? thread.Readings.LastTimestamp, timestamp, cpu);
            thread.Ended = null;
            return true;
        }

        thread.Readings.Add(timestamp, cpu);
        return true;
    }

    /// <summary>A thread came some time after <paramref name="since"/>: what it has used it has used since then, but no more than time has passed.</summary>
    private static void BeginLate(WeighedThread thread, long since, long now, long cpu)
    {
        thread.Begin(since, Math.Max(0, cpu - Math.Max(0, now - since)));
        thread.Readings.Add(now, cpu);
    }
}
