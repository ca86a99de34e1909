using System.Diagnostics;

namespace Pprof.Sources.Allocations;

/// <summary>
/// How many of the runtime's samples are taken, and what one that was taken stands for. The runtime's own period cannot be
/// changed; the callback takes each of its samples with a chance that depends on the size, so that both together are what
/// the rate asks for: an object of so many bytes is sampled with 1 − exp(−bytes/rate). Where samples are too many the rate
/// is made larger for as long as they are. Whatever the chance was, the weight is right: it is in the sample.
/// </summary>
internal sealed class SamplingRate(AllocationRing memory)
{
    /// <summary>Bytes from one sample of the runtime to its next, on average.</summary>
    public const long RuntimePeriod = 102_400;

    private const double Certain = 4294967296;
    private const int MaxPerSecond = 5_000;
    private const int Aim = 3_500;
    private const long MaxRate = 1L << 40;

    private static readonly double s_logMissed = Math.Log(1 - (1.0 / RuntimePeriod));
    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(250);

    private long _windowStart = Stopwatch.GetTimestamp();
    private int _samples;

    /// <summary>The rate that was asked for; not less than what the runtime offers.</summary>
    public long Asked { get; private set; }

    /// <summary>The rate now.</summary>
    public long Current { get; private set; }

    /// <summary>The largest rate since it was asked for.</summary>
    public long Largest { get; private set; }

    /// <summary>Samples one object for each so many bytes.</summary>
    public void Set(long rate)
    {
        Asked = Math.Max(RuntimePeriod, rate);
        Largest = 0;
        Restart();
        Apply(Asked);
    }

    /// <summary>The number of objects for which an object stands.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="keep">The chance of 2^32 with which the callback took it.</param>
    public static double Weight(double size, ulong keep) => Certain / keep / -LessOne(size * s_logMissed);

    /// <summary>The same of a sample that was taken now: where the ring was so full that fewer were taken, that is noted.</summary>
    public double WeightOf(ulong size, ulong keep)
    {
        uint chance = memory.Keep[AllocationRing.ClassOf(size)];
        if (keep < chance / 2)
        {
            Largest = Math.Max(Largest, (long)Math.Min(MaxRate, Current * ((double)chance / keep)));
        }

        return Weight(size, keep);
    }

    /// <summary>Follows the number of samples that have come.</summary>
    public void Adapt(int samples)
    {
        _samples += samples;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_windowStart);
        if (elapsed < s_window && _samples < MaxPerSecond * s_window.TotalSeconds)
        {
            return;
        }

        double perSecond = _samples / Math.Max(elapsed.TotalSeconds, 0.001);
        Restart();
        if (perSecond > MaxPerSecond)
        {
            Apply((long)Math.Min(MaxRate, Current * perSecond / Aim));
        }
        else if (Current > Asked && perSecond < Aim / 2)
        {
            Apply(Math.Max(Asked, Current / 2));
        }
    }

    // e^x - 1, exact where x is near 0: the class library has no expm1.
    private static double LessOne(double x) => Math.Abs(x) < 1e-3 ? x * (1 + (x / 2 * (1 + (x / 3)))) : Math.Exp(x) - 1;

    private void Restart()
    {
        _windowStart = Stopwatch.GetTimestamp();
        _samples = 0;
    }

    private void Apply(long rate)
    {
        Current = rate;
        Largest = Math.Max(Largest, rate);
        Span<uint> keep = memory.Keep;
        for (int i = 0; i < keep.Length; i++)
        {
            double size = AllocationRing.SizeOf(i) * 1.125;
            double chance = LessOne(-size / rate) / LessOne(size * s_logMissed);
            keep[i] = rate == RuntimePeriod || chance >= 1 ? uint.MaxValue : Math.Max(1, (uint)(chance * uint.MaxValue));
        }
    }
}
