using System.Diagnostics;

namespace Pprof.Sources.Waits;

/// <summary>
/// Which waits are sampled, by the moment at which they begin, and for how many they stand: all, each for itself, until
/// <see cref="Open"/>. Counts the events. Not safe for concurrent use.
/// </summary>
/// <param name="overloaded">Called when in a second in which all are sampled there were too many events, with their number.</param>
internal sealed class SamplingWindow(Action<double> overloaded)
{
    // The waits that begin from the first to the second are sampled.
    private long _from = long.MinValue;
    private long _until = long.MaxValue;
    private int _weight = 1;
    private int _weightBefore = 1;
    private double _contentionScale = 1;
    private long _secondBegan;
    private volatile int _maxWeight = 1;

    /// <summary>The highest weight that a wait had. Safe for concurrent use.</summary>
    public int MaxWeight => _maxWeight;

    /// <summary>The events of the window, or of the current second if there is none.</summary>
    public long Events { get; private set; }

    private bool SamplesAll => _until == long.MaxValue;

    /// <summary>Samples every wait that begins from now on.</summary>
    public void Close()
    {
        (_from, _until, _weight, _contentionScale) = (long.MinValue, long.MaxValue, 1, 1);
        Events = 0;
        _secondBegan = 0;
    }

    /// <summary>
    /// Samples the waits that begin within a window from that moment on. Their time stands for <paramref name="weight"/>
    /// times as much, and so does their number; but that of contentions for <paramref name="contentionWeight"/> times.
    /// </summary>
    public void Open(long from, int weight, double contentionWeight)
    {
        _contentionScale = contentionWeight / weight;

        // Events of before may be under way.
        _weightBefore = SamplesAll ? _weight : 0;
        (_from, _until, _weight) = (from, from + WatchBudget.WindowTicks, weight);
        Events = 0;
        _maxWeight = Math.Max(_maxWeight, weight);
    }

    /// <summary>For how many a wait stands that begins at this moment; 0 where it is not sampled.</summary>
    public int WeightAt(long timestamp) => timestamp < _from ? _weightBefore : timestamp < _until ? _weight : 0;

    /// <summary>
    /// By what the number of a contention of this weight is multiplied beside the weight. One that began while all were
    /// sampled stands for itself.
    /// </summary>
    public double ContentionScale(int weight) => weight > 1 ? _contentionScale : 1;

    /// <summary>An event happened at this moment.</summary>
    public void CountEvent(long timestamp)
    {
        if (!SamplesAll)
        {
            Events += timestamp >= _from && timestamp < _until ? 1 : 0;
            return;
        }

        if (timestamp - _secondBegan >= Stopwatch.Frequency)
        {
            double perSecond = _secondBegan == 0 ? 0 : Events * (double)Stopwatch.Frequency / (timestamp - _secondBegan);
            _secondBegan = timestamp;
            Events = 0;
            if (WatchBudget.IsOverload(perSecond))
            {
                overloaded(perSecond);
            }
        }

        Events++;
    }
}
