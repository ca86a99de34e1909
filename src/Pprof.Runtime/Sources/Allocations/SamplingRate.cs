using System.Diagnostics;

namespace Pprof.Sources.Allocations;

/// <summary>
/// How many allocations are sampled, and what one that was stands for. An object of so many bytes is sampled with
/// 1 − exp(−bytes/rate). Where samples are too many the rate is made larger for as long as they are. Whatever the chance
/// was, the weight is right: the chance is in the sample.
/// </summary>
/// <param name="ring">Where who takes the samples looks for the rate.</param>
/// <param name="finest">The smallest rate that can be had, in bytes.</param>
internal abstract unsafe class SamplingRate(AllocationRing ring, long finest)
{
    /// <summary>The largest.</summary>
    protected const long MaxRate = 1L << 40;

    private const int MaxPerSecond = 5_000;
    private const int Aim = 3_500;

    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_halving = TimeSpan.FromMilliseconds(500);

    private long _windowStart = Stopwatch.GetTimestamp();
    private int _samples;

    /// <summary>The rate that was asked for; not less than what can be had, and not more than who takes the samples can reckon with.</summary>
    public long Asked { get; private set; }

    /// <summary>The rate now.</summary>
    public long Current { get; private set; }

    /// <summary>The largest rate since it was asked for.</summary>
    public long Largest { get; private set; }

    /// <summary>In which part of the time samples are taken; null where it is always all of it.</summary>
    public virtual SamplingSlices? Slices => null;

    /// <summary>Where who takes the samples looks for the rate.</summary>
    protected AllocationRing Ring { get; } = ring;

    /// <summary>Samples one object for each so many bytes.</summary>
    public void Set(long rate)
    {
        Asked = Math.Clamp(rate, finest, MaxRate);
        Largest = 0;
        Restart();
        Change(Asked);
    }

    /// <summary>The number of objects for which that of a sample stands.</summary>
    public double WeightOf(AllocationRecord* record)
    {
        if (Ring.Pressure is > 0 and var lowered)
        {
            // The rarer samples are, the fewer are there to say so.
            Note(Math.ScaleB(Current, lowered));
        }

        return OwnWeightOf(record) * (Slices?.Weight ?? 1);
    }

    /// <summary>The same of an object whose sample found no room.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="sizeClass">The class of that.</param>
    public double WeightOfLost(double size, int sizeClass) => OwnWeightOfLost(size, sizeClass) * (Slices?.Weight ?? 1);

    /// <summary>
    /// The number of objects for which that of a sample stands, of those that were allocated while samples were taken. Where
    /// the ring was so full that fewer were taken than the rate says, that is noted.
    /// </summary>
    public abstract double OwnWeightOf(AllocationRecord* record);

    /// <inheritdoc cref="WeightOfLost"/>
    public abstract double OwnWeightOfLost(double size, int sizeClass);

    /// <summary>Makes the same rate hold where samples are taken in another part of the time.</summary>
    public void FollowShare() => Change(Current);

    /// <summary>Follows the number of samples that have come.</summary>
    /// <param name="samples">Those since the last call.</param>
    /// <param name="isSliceOver">False in a slice of the time, which says nothing of how many there are in all of it.</param>
    public void Adapt(int samples, bool isSliceOver = true)
    {
        _samples += samples;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_windowStart);
        if (!isSliceOver || (elapsed < s_window && _samples < MaxPerSecond * s_window.TotalSeconds))
        {
            return;
        }

        double perSecond = _samples / Math.Max(elapsed.TotalSeconds, 0.001);
        Restart();
        if (perSecond > MaxPerSecond)
        {
            Change((long)Math.Min(MaxRate, Current * perSecond / Aim));
        }
        else if (Current > Asked && perSecond < Aim / 2)
        {
            // Half for each half second, however rarely this is called.
            Change(Math.Max(Asked, Current >> Math.Clamp((int)(elapsed / s_halving), 1, 8)));
        }
    }

    /// <summary>e^x − 1, exact where x is near 0: the class library has no expm1.</summary>
    protected static double LessOne(double x) => Math.Abs(x) < 1e-3 ? x * (1 + (x / 2 * (1 + (x / 3)))) : Math.Exp(x) - 1;

    /// <summary>Makes a rate hold.</summary>
    protected abstract void Apply(long rate);

    /// <summary>Notes that a sample stands for as many bytes as one of this rate.</summary>
    protected void Note(double rate) => Largest = Math.Max(Largest, (long)Math.Min(MaxRate, rate));

    private void Restart()
    {
        _windowStart = Stopwatch.GetTimestamp();
        _samples = 0;
    }

    private void Change(long rate)
    {
        Current = rate;
        Note(rate);
        Apply(rate);
    }
}
