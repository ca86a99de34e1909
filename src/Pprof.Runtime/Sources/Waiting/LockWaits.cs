using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Locks of the type <see cref="Lock"/> that threads wait for, which in a NativeAOT program monitors are too. The method that
/// waits needs its lock again afterwards, so a reference to it is in that part of the stack, and those that the thread holds may
/// be there as well; where more than one other lock is, none of them is named. What the stack no longer needs can lead to where
/// a lock was before a garbage collection moved it, and may look as it did then: only what is in the heap is one.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="threads">The threads.</param>
/// <param name="known">The locks that are in the heap.</param>
internal sealed class LockWaits(HeapCopy snapshot, CopiedThreads threads, KnownObjects known)
{
    private const string Waits = "System.Threading.Lock.TryEnterSlow";
    private const string WaitsForEver = "System.Threading.Lock.Enter";
    private const string WaitsForMonitor = "System.Threading.Monitor.";
    private const string WaitsForMonitorForEver = "System.Threading.Monitor.Enter";

    // Of the number of an event that is an address: what is left is short, and another for each.
    private const int NumberShift = 3;
    private const long NumberMask = (1 << 24) - 1;

    /// <summary>Adds them.</summary>
    public void Read(WaitGraph graph)
    {
        if (LockPlaces.Instance is not { } places)
        {
            return;
        }

        Dictionary<ulong, ContendedLock> locks = [];
        HashSet<ulong> inHeap = [.. known.Locks];
        NativeMonitors? monitors = ManagedRuntime.IsCoreClr ? null : new NativeMonitors(snapshot);
        LockTakers? takers = ManagedRuntime.IsCoreClr ? new LockTakers(threads, typeof(Lock)) : null;
        foreach (CopiedThread thread in threads.Waiting)
        {
            int frame = thread.FindWaiting(Waits);
            ulong address = frame < 0 ? 0 : thread.FindOne(frame, word => inHeap.Contains(word) && HolderOf(word, places) != thread.SystemId);
            if (address == 0)
            {
                continue;
            }

            string caller = frame + 1 < thread.Methods.Count ? thread.Methods[frame + 1] : "";
            string type = Starts(caller, WaitsForMonitor) ? monitors?.TypeOf(thread, frame) ?? "" : "";
            if (!locks.TryGetValue(address, out ContendedLock? contended))
            {
                int? holder = HolderOf(address, places);
                contended = new ContendedLock(Starts(caller, WaitsForMonitor) ? "Monitor" : "Lock", NumberOf(address, places), type, holder, [])
                {
                    TakenIn = takers?.Of(holder, address),

                    // Which threads there are is known of those alone that wait.
                    IsHolderUnknown = !ManagedRuntime.IsCoreClr,
                };
                locks.Add(address, contended);
            }

            if (contended.Type != type)
            {
                locks[address] = contended = contended with { Type = "" };
            }

            // The compiler may have inlined the methods that take no timeout.
            bool forEver = thread.WaitsForEver || Starts(caller, WaitsForEver) || Starts(caller, WaitsForMonitorForEver);
            contended.Waiters.Add(new LockWaiter(thread.SystemId, HasTimeout: !forEver));
        }

        graph.Locks.AddRange(locks.Values);
    }

    private int? HolderOf(ulong address, LockPlaces places)
    {
        uint owner = snapshot.Memory.Read<uint>(address + (ulong)places.Owner);
        return places.IsSystemId ? threads.BySystemId(owner) : threads.ByManagedId(owner);
    }

    private static bool Starts(string method, string prefix) => method.StartsWith(prefix, StringComparison.Ordinal);

    /// <summary>The number of the event that waiters wait for: the lock keeps it, wherever it is moved.</summary>
    private long NumberOf(ulong address, LockPlaces places)
    {
        ulong waited = snapshot.Memory.Read<ulong>(address + (ulong)places.Event);
        ulong handle = waited == 0 ? 0 : snapshot.Memory.Read<ulong>(waited + (ulong)places.Handle);
        long number = handle == 0 ? 0 : snapshot.Memory.Read<long>(handle + (ulong)places.Number);
        return number > uint.MaxValue ? (number >> NumberShift) & NumberMask : number;
    }
}
