using System.Diagnostics;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Waits;

/// <summary>
/// How many waits are recorded where there are more than can be read at little cost: long ones all, as long as that can
/// be, of short ones one in so many. The chance is in the record, so that the weight is right whatever it was.
/// </summary>
internal sealed class WaitThinning
{
    private const int MaxPerSecond = 4_000;
    private const int Aim = 2_500;
    private const double Certain = 4294967296;
    private const int MaxWeight = 1 << 30;

    // A wait that is so many times as long has so many times the chance.
    private const double ShortNanoseconds = 1e6;

    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(100);

    // What lay behind a record that was not finished comes at once, and was longer in coming.
    private static readonly TimeSpan s_least = s_window / 4;

    private readonly AllocationRing _ring;
    private double _oneIn = 1;
    private ulong _appliedAt;
    private long _windowStart;
    private int _records;
    private volatile int _largest = 1;

    /// <param name="ring">Where waits are recorded.</param>
    /// <param name="now">The time, as <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    /// <param name="head">Where in the ring the next record will be.</param>
    public WaitThinning(AllocationRing ring, long now, ulong head)
    {
        _ring = ring;
        Restart(now, head);
    }

    /// <summary>The number of waits for which one stood at most.</summary>
    public int Largest => _largest;

    /// <summary>It begins: all are recorded.</summary>
    /// <param name="now">The time, as <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    /// <param name="head">Where in the ring the next record will be.</param>
    public void Restart(long now, ulong head)
    {
        _oneIn = 1;
        Apply(head);
        _windowStart = now;
        _records = 0;
    }

    /// <summary>
    /// The number of waits for which a record stands. Of a contention of which parts could have been recorded that is no whole
    /// number: it is the one or the other of those beside it, so that it is right on average.
    /// </summary>
    /// <param name="keep">The chance of 2^32 with which it was taken.</param>
    public int WeightOf(ulong keep)
    {
        if (keep >= uint.MaxValue)
        {
            return 1;
        }

        double exact = Math.Min(Certain / keep, MaxWeight);
        int weight = (int)exact + (Random.Shared.NextDouble() < exact - (int)exact ? 1 : 0);
        if (weight > _largest)
        {
            _largest = weight;
        }

        return weight;
    }

    /// <summary>
    /// Counts a record. Those that were in the ring already when the chance changed are not counted: they were taken with the one
    /// before, and by their number the new one would be far too high.
    /// </summary>
    /// <param name="position">Where it is in all that was ever written into the ring.</param>
    public void Count(ulong position) => _records += position >= _appliedAt ? 1 : 0;

    /// <summary>Follows the records that have been counted.</summary>
    /// <param name="now">The time, as <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    /// <param name="head">Where in the ring the next record will be.</param>
    public void Adapt(long now, ulong head)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_windowStart, now);
        if (elapsed < s_window && _records < MaxPerSecond * s_window.TotalSeconds)
        {
            return;
        }

        double perSecond = _records / Math.Max(elapsed.TotalSeconds, s_least.TotalSeconds);
        _windowStart = now;
        _records = 0;
        double oneIn = perSecond > MaxPerSecond ? _oneIn * perSecond / Aim : perSecond < Aim / 2 ? _oneIn / 2 : _oneIn;
        oneIn = Math.Clamp(Math.Round(oneIn), 1, 1 << 20);
        if (oneIn != _oneIn)
        {
            _oneIn = oneIn;
            Apply(head);
        }
    }

    // Each chance is one in a whole number: a record stands for so many waits.
    private void Apply(ulong head)
    {
        Span<uint> keep = _ring.Keep;
        for (int i = 0; i < keep.Length; i++)
        {
            double oneIn = Math.Round(_oneIn / Math.Max(1, AllocationRing.SizeOf(i) / ShortNanoseconds));
            keep[i] = oneIn <= 1 ? uint.MaxValue : (uint)(Certain / oneIn);
        }

        _appliedAt = head;
    }
}
