using Pprof.Profiles;

namespace Pprof.Tool.Converting;

/// <summary>
/// Samples of threads that were all looked at again and again. Each stands for the time since the thread was looked at
/// before: the runtime asks for one each millisecond, and is late when there are many threads.
/// </summary>
internal sealed class ThreadSamples
{
    private readonly List<(int Sample, double Milliseconds)> _samples = [];
    private readonly List<int> _firsts = [];
    private readonly Dictionary<int, double> _lastLooks = [];

    /// <summary>Adds one.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="time">When it was looked at, in milliseconds.</param>
    /// <param name="sample">The index of the sample that has its stack.</param>
    public void Add(int thread, double time, int sample)
    {
        if (!_lastLooks.TryGetValue(thread, out double before))
        {
            _firsts.Add(_samples.Count);
            before = time;
        }

        _lastLooks[thread] = time;
        _samples.Add((sample, time - before));
    }

    /// <summary>Adds numbers and nanoseconds to <paramref name="table"/>. Returns the usual time between two looks, in nanoseconds.</summary>
    public long AddTo(SampleTable table)
    {
        double usual = Median();
        foreach (int first in _firsts)
        {
            _samples[first] = (_samples[first].Sample, usual);
        }

        foreach ((int sample, double milliseconds) in _samples)
        {
            table.Add(sample, 1, (long)(milliseconds * 1e6));
        }

        return Math.Max(1, (long)(usual * 1e6));
    }

    private double Median()
    {
        double[] times = [.. _samples.Select(static sample => sample.Milliseconds).Where(static time => time > 0)];
        Array.Sort(times);
        return times.Length > 0 ? times[times.Length / 2] : 1;
    }
}
