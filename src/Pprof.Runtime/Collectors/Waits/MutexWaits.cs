using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>Waits for contended locks: one in so many is sampled.</summary>
internal sealed class MutexWaits : SampledWaits
{
    protected override long Rate => WaitSource.MutexFraction.Value;

    public override int SampledFraction => (int)WaitSource.MutexFraction.Value;

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
