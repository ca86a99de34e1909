using Pprof.Profiles;

namespace Pprof.Sources.Waits;

/// <summary>
/// Who has a lock, and where it took it: known of a thread that had to wait for the lock itself, until events tell that it
/// does not have it any more. Not safe for concurrent use.
/// </summary>
internal sealed class LockHolders
{
    private const int MaxLocks = 1 << 12;

    // Who took a lock last after a contention, as far as that is known.
    private readonly Dictionary<long, WaitingThread> _holders = [];
    private readonly HolderLabels _labels = new();

    /// <summary>The thread has got the lock that it contended for: nobody else has it.</summary>
    public void Take(WaitingThread thread)
    {
        if (_holders.TryGetValue(thread.LockId, out WaitingThread? before) && before != thread && before.HeldLock == thread.LockId)
        {
            before.Release();
        }

        if (_holders.Count >= MaxLocks)
        {
            _holders.Clear();
        }

        _holders[thread.LockId] = thread;
    }

    /// <summary>The label for a holder that took the lock at <paramref name="address"/>; none for 0.</summary>
    public LabelSet LabelsOf(nuint address) => _labels.Of(address);

    public void Forget() => _holders.Clear();
}
