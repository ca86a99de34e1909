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

    // What lay behind a record that was not finished comes at once, and was longer in coming.
    private static readonly TimeSpan s_least = s_window / 4;

    private readonly AllocationRing _ring;
    private double _oneIn = 1;
    private long _windowStart;

    // The records there would have been if nothing short had been left out.
    private double _demand;

    private volatile int _largest = 1;

    /// <param name="ring">Where waits are recorded.</param>
    /// <param name="now">The time, as <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    public WaitThinning(AllocationRing ring, long now)
    {
        _ring = ring;
        _windowStart = now;
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

    /// <summary>
    /// Counts a record by the waits for which it stands. Where the chance has changed, the ring still holds records that were
    /// taken with the one before: by their number alone the new one would seem far too high.
    /// </summary>
    /// <param name="keep">The chance of 2^32 with which it was taken.</param>
    /// <param name="nanoseconds">How long the wait was.</param>
    public void Count(ulong keep, ulong nanoseconds)
    {
        double waits = keep >= uint.MaxValue ? 1 : Certain / keep;
        _demand += waits * Math.Min(_oneIn, LongerThanShort(nanoseconds));
    }

    /// <summary>Follows the records that have been counted.</summary>
    /// <param name="now">The time, as <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    public void Adapt(long now)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_windowStart, now);
        if (elapsed < s_window && _demand < _oneIn * MaxPerSecond * s_window.TotalSeconds)
        {
            return;
        }

        double aim = _demand / Math.Max(elapsed.TotalSeconds, s_least.TotalSeconds) / Aim;
        _windowStart = now;
        _demand = 0;
        double oneIn = aim > _oneIn * MaxPerSecond / Aim ? aim : aim < _oneIn / 2 ? _oneIn / 2 : _oneIn;
        oneIn = Math.Clamp(oneIn, 1, 1 << 20);
        if (oneIn != _oneIn)
        {
            _oneIn = oneIn;
            Apply();
        }
    }

    private static double LongerThanShort(ulong nanoseconds) => Math.Max(1, nanoseconds / ShortNanoseconds);

    // Each chance is one in a whole number: a record stands for so many waits.
    private void Apply()
    {
        Span<uint> keep = _ring.Keep;
        for (int i = 0; i < keep.Length; i++)
        {
            double oneIn = Math.Round(_oneIn / LongerThanShort(AllocationRing.SizeOf(i)));
            keep[i] = oneIn <= 1 ? uint.MaxValue : (uint)(Certain / oneIn);
        }
    }
}
