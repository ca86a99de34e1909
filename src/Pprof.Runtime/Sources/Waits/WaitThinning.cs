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

    // A wait that is so many times as long has so many times the chance.
    private const double ShortNanoseconds = 1e6;

    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(100);

    private readonly AllocationRing _ring;
    private double _oneIn = 1;
    private long _windowStart = Stopwatch.GetTimestamp();
    private int _records;
    private volatile int _largest = 1;

    public WaitThinning(AllocationRing ring)
    {
        _ring = ring;
        Apply();
    }

    /// <summary>The number of waits for which one stood at most.</summary>
    public int Largest => _largest;

    /// <summary>The number of waits for which a record stands.</summary>
    /// <param name="keep">The chance of 2^32 with which it was taken.</param>
    public int WeightOf(ulong keep)
    {
        int weight = keep >= uint.MaxValue ? 1 : (int)Math.Clamp(Math.Round(Certain / keep), 1, int.MaxValue);
        if (weight > _largest)
        {
            _largest = weight;
        }

        return weight;
    }

    /// <summary>Follows the number of records that have come.</summary>
    public void Adapt(int records)
    {
        _records += records;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_windowStart);
        if (elapsed < s_window && _records < MaxPerSecond * s_window.TotalSeconds)
        {
            return;
        }

        double perSecond = _records / Math.Max(elapsed.TotalSeconds, 0.001);
        _windowStart = Stopwatch.GetTimestamp();
        _records = 0;
        double oneIn = perSecond > MaxPerSecond ? _oneIn * perSecond / Aim : perSecond < Aim / 2 ? _oneIn / 2 : _oneIn;
        oneIn = Math.Clamp(oneIn, 1, 1 << 20);
        if (oneIn != _oneIn)
        {
            _oneIn = oneIn;
            Apply();
        }
    }

    // Each chance is one in a whole number: a record stands for so many waits.
    private void Apply()
    {
        Span<uint> keep = _ring.Keep;
        for (int i = 0; i < keep.Length; i++)
        {
            double oneIn = Math.Round(_oneIn / Math.Max(1, AllocationRing.SizeOf(i) / ShortNanoseconds));
            keep[i] = oneIn <= 1 ? uint.MaxValue : (uint)(Certain / oneIn);
        }
    }
}
