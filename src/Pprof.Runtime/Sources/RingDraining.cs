using Pprof.Sources.Allocations;

namespace Pprof.Sources;

/// <summary>
/// Empties a ring: when it is asked to, and on a thread of this package whenever the ring fills, for as long as that is
/// wanted. Safe for concurrent use.
/// </summary>
/// <param name="ring">The ring.</param>
/// <param name="reader">Gets the records, from one thread at a time.</param>
/// <param name="pause">How long records may lie in a ring that does not fill.</param>
/// <param name="drained">Called after each time.</param>
internal sealed class RingDraining(AllocationRing ring, IRecordReader reader, TimeSpan pause, Action? drained = null)
{
    private readonly Lock _gate = new();

    /// <summary>Hands over what is there.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            _ = ring.Drain(reader);
            drained?.Invoke();
        }
    }

    /// <summary>The same again and again, while <paramref name="isWanted"/> says so: it is asked after each time.</summary>
    public void DrainWhile(Func<bool> isWanted)
    {
        while (true)
        {
            Drain();
            ring.AnnounceWait();
            if (!isWanted())
            {
                return;
            }

            ring.WaitForRecords(pause);
        }
    }
}
