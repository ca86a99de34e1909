using System.Reflection;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Locks of the type <see cref="Lock"/> that threads wait for. The method that waits needs its lock again afterwards, so a
/// reference to it is in that part of the stack; where more than one lock is there, none of them is named.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="threads">The threads.</param>
internal sealed class LockWaits(HeapSnapshot snapshot, CopiedThreads threads)
{
    private const string Waits = "System.Threading.Lock.TryEnterSlow";
    private const string WaitsForEver = "System.Threading.Lock.Enter";

    private static readonly ulong s_type = ClassLibrary.MethodTable(typeof(Lock));
    private static readonly int s_owner = ClassLibrary.Place(typeof(Lock), "_owningThreadId");
    private static readonly int s_event = ClassLibrary.Place(typeof(Lock), "_waitEvent");
    private static readonly int s_handle = ClassLibrary.Place(typeof(WaitHandle), "_waitHandle");
    private static readonly int s_number = ClassLibrary.Place(typeof(System.Runtime.InteropServices.SafeHandle), "handle");

    /// <summary>Adds them.</summary>
    public void Read(WaitGraph graph)
    {
        if (s_owner < 0 || s_event < 0 || s_handle < 0 || s_number < 0)
        {
            return;
        }

        if (OwnerIsSystemId() is not { } isSystemId)
        {
            return;
        }

        Dictionary<ulong, ContendedLock> locks = [];
        var takers = new LockTakers(threads, typeof(Lock));
        foreach (CopiedThread thread in threads.Waiting)
        {
            int frame = thread.FindWaiting(Waits);
            ulong address = frame < 0 ? 0 : FindOne(thread.StackUpTo(frame));
            if (address == 0)
            {
                continue;
            }

            uint owner = snapshot.Memory.Read<uint>(address + (ulong)s_owner);
            if (!locks.TryGetValue(address, out ContendedLock? contended))
            {
                contended = new ContendedLock("Lock", NumberOf(address), "", isSystemId ? threads.BySystemId(owner) : threads.ByManagedId(owner), []);
                contended = contended with { TakenIn = takers.Of(contended.Holder, address) };
                locks.Add(address, contended);
            }

            bool forEver = frame + 1 < thread.Methods.Count && thread.Methods[frame + 1].StartsWith(WaitsForEver, StringComparison.Ordinal);
            contended.Waiters.Add(new LockWaiter(thread.SystemId, HasTimeout: !forEver));
        }

        graph.Locks.AddRange(locks.Values);
    }

    /// <summary>
    /// Whether the class library keeps the system's id of a thread, and not the runtime's, which versions do differently.
    /// Null where this thread does not tell.
    /// </summary>
    private static bool? OwnerIsSystemId()
    {
        var probe = new Lock();
        probe.Enter();
        uint owner = ValueOf(ObjectFields.Find(typeof(Lock), "_owningThreadId"), probe) is uint number ? number : 0;
        probe.Exit();
        bool isSystemId = owner == SystemThreads.CurrentId;
        return isSystemId == (owner == Environment.CurrentManagedThreadId) ? null : isSystemId;
    }

    // The compiler takes a lock that is an object for one by mistake.
    private static object? ValueOf<T>(FieldInfo? field, T holder)
        where T : class => field?.GetValue(holder);

    private ulong FindOne(ReadOnlySpan<nuint> words)
    {
        ulong found = 0;
        foreach (nuint word in words)
        {
            if (word != found && IsObject(word) && (snapshot.Memory.Read<ulong>(word) & ~7UL) == s_type)
            {
                if (found != 0)
                {
                    return 0;
                }

                found = word;
            }
        }

        return found;
    }

    private static bool IsObject(nuint word) => word > ushort.MaxValue && word % 8 == 0;

    /// <summary>The number of the event that waiters wait for: the lock keeps it, wherever it is moved.</summary>
    private long NumberOf(ulong address)
    {
        ulong waited = snapshot.Memory.Read<ulong>(address + (ulong)s_event);
        ulong handle = waited == 0 ? 0 : snapshot.Memory.Read<ulong>(waited + (ulong)s_handle);
        return handle == 0 ? 0 : snapshot.Memory.Read<long>(handle + (ulong)s_number);
    }
}
