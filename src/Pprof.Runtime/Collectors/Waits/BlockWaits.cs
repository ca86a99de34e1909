using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>
/// Waits of all kinds: those that are as long as the rate always, shorter ones as often as their length is a part of it.
/// Then they stand for as many waits, so that frequent short waits weigh as much as rare long ones.
/// </summary>
internal sealed class BlockWaits : SampledWaits
{
    protected override long Rate => WaitSource.BlockRate.Value;

    protected override bool Sample(long rate, ref long nanoseconds, ref double count)
    {
        if (nanoseconds >= rate)
        {
            return true;
        }

        nanoseconds = Math.Max(nanoseconds, 1);
        if (Random.Shared.NextInt64(rate) > nanoseconds)
        {
            return false;
        }

        count = (double)rate / nanoseconds;
        nanoseconds = rate;
        return true;
    }
}
