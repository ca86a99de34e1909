namespace Pprof.Sources.Allocations.Linked;

/// <summary>
/// The rate on NativeAOT: each thread chooses points in the bytes that it allocates, so many bytes apart on average, and
/// the object that covers one is sampled.
/// </summary>
internal sealed unsafe class PointRate(AllocationRing ring) : SamplingRate(ring, Finest)
{
    /// <summary>The smallest rate: nearer to each other, points would make every other object a sample.</summary>
    public const long Finest = 4096;

    /// <summary>The number of objects for which an object stands.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="period">The bytes between two points, on average.</param>
    public static double Weight(double size, double period) => 1 / -LessOne(-size / period);

    /// <inheritdoc/>
    public override double OwnWeightOf(AllocationRecord* record)
    {
        if (record->Period >= 2 * (ulong)Current)
        {
            Note(record->Period);
        }

        return Weight(record->Size, record->Period);
    }

    /// <inheritdoc/>
    public override double OwnWeightOfLost(double size, int sizeClass) => Weight(size, Ring.Period);

    /// <inheritdoc/>
    protected override void Apply(long rate) => Ring.Period = (ulong)rate;
}
