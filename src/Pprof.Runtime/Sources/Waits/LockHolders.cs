using Pprof.Profiles;
using Pprof.Symbols.CoreClr;
using Pprof.Unwinding;

namespace Pprof.Sources.Waits;

/// <summary>
/// Who has a lock, and where it took it: known of a thread that had to wait for the lock itself, until events tell that it
/// does not have it any more. Not safe for concurrent use.
/// </summary>
internal sealed class LockHolders
{
    private const int MaxLocks = 1 << 12;
    private const int MaxAddresses = 1 << 12;

    // Who took a lock last after a contention, as far as that is known.
    private readonly Dictionary<long, WaitingThread> _holders = [];
    private readonly HolderLabels _labels = new();

    // By where a lock was taken; null where the code stays.
    private readonly Dictionary<nuint, PassingMethod?> _methods = [];

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
    public LabelSet LabelsOf(nuint address) => _labels.Of(address == 0 ? 0 : LastingAddressOf(address));

    public void Forget() => _holders.Clear();

    /// <summary>
    /// Code that does not stay gets its name while it is there. A sample whose holder has one no more would be another, of which
    /// all has come since.
    /// </summary>
    private nuint LastingAddressOf(nuint address)
    {
        if (!_methods.TryGetValue(address, out PassingMethod? method) || method is { MayBeUnloaded: true })
        {
            if (_methods.Count >= MaxAddresses)
            {
                _methods.Clear();
            }

            method = PassingMethod.Of(address, NativeMethodLookup.Find(address));
            _methods[address] = method;
        }

        return method is { Address: not 0 } passing ? passing.Address : address;
    }
}
