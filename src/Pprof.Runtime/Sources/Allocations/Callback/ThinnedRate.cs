namespace Pprof.Sources.Allocations.Callback;

/// <summary>
/// The rate on CoreCLR. The runtime's own period cannot be changed; the callback takes each of its samples with a chance
/// that depends on the size, so that both together are what the rate asks for. Where allocations are many it does so in a
/// part of the time only.
/// </summary>
/// <param name="ring">Where the callback looks for the chances.</param>
/// <param name="slices">The part of the time.</param>
internal sealed unsafe class ThinnedRate(AllocationRing ring, SamplingSlices slices) : SamplingRate(ring, RuntimePeriod)
{
    /// <summary>Bytes from one sample of the runtime to its next, on average.</summary>
    public const long RuntimePeriod = 102_400;

    private const double Certain = 4294967296;

    private static readonly double s_logMissed = Math.Log(1 - (1.0 / RuntimePeriod));

    /// <inheritdoc/>
    public override SamplingSlices Slices => slices;

    /// <summary>The number of objects for which an object stands that the runtime sampled.</summary>
    /// <param name="size">Its size.</param>
    public static double Weight(double size) => 1 / -LessOne(size * s_logMissed);

    /// <summary>The number of objects for which an object stands.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="keep">The chance of 2^32 with which the callback took it.</param>
    public static double Weight(double size, ulong keep) => Certain / keep * Weight(size);

    /// <inheritdoc/>
    public override double OwnWeightOf(AllocationRecord* record)
    {
        // A chance of 2^32 is one less in the table.
        double fewer = (Ring.Keep[AllocationRing.ClassOf(record->Size)] + 1.0) / record->Keep;
        if (fewer >= 2)
        {
            // A large object is always one of the runtime's samples, and stands for others now.
            Note(Math.Max(Current, (double)record->Size) * fewer);
        }

        return Weight(record->Size, record->Keep);
    }

    /// <inheritdoc/>
    public override double OwnWeightOfLost(double size, int sizeClass)
    {
        uint keep = Ring.Keep[sizeClass];
        return Weight(size, keep == uint.MaxValue ? (ulong)Certain : keep);
    }

    /// <inheritdoc/>
    protected override void Apply(long rate)
    {
        // Where the part of the time is small, one for each of the runtime's samples may be less than the rate asks for.
        Note(RuntimePeriod / slices.Share);
        Span<uint> keep = Ring.Keep;
        for (int i = 0; i < keep.Length; i++)
        {
            double size = AllocationRing.SizeOf(i) * 1.125;
            double chance = LessOne(-size / rate) / LessOne(size * s_logMissed) / slices.Share;
            keep[i] = rate == RuntimePeriod || chance >= 1 ? uint.MaxValue : Math.Max(1, (uint)(chance * uint.MaxValue));
        }
    }
}
