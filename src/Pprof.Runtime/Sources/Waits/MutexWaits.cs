namespace Pprof.Sources.Waits;

/// <summary>Waits for locks: one in so many is sampled.</summary>
internal sealed class MutexWaits : WaitProfile
{
    public override long Rate => WaitRates.MutexFraction;

    public override int SampledFraction => WaitRates.MutexFraction;

    protected override bool Sample(long rate, ref long nanoseconds, ref double count)
    {
        if (rate > 1 && Random.Shared.NextInt64(rate) != 0)
        {
            return false;
        }

        nanoseconds *= rate;
        count = rate;
        return true;
    }
}
