using Pprof.Profiles;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.Dac;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Monitors that threads wait for. A thread that waits for one says so for debuggers: the runtime's object for the thread has
/// the address of a structure on its stack (<c>DebugBlockingItem</c> of the runtime's threaddebugblockinginfo.h), and that has
/// the address of the monitor. Where the first of these addresses stands is found by what the second must be.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="threads">The threads.</param>
/// <param name="types">Names types.</param>
internal sealed class MonitorWaits(HeapSnapshot snapshot, CopiedThreads threads, HeapNames types)
{
    private const uint MaxBlocks = 1 << 18;

    // Of the runtime's object for a thread, words that are looked at.
    private const int ThreadWords = 160;

    // DebugBlockingItem: the monitor, the application domain, the kind, the timeout in milliseconds, the next.
    private const int KindOfItem = 16;
    private const int TimeoutOfItem = 20;
    private const int NextOfItem = 24;
    private const int ToEnter = 0;
    private const int NoTimeout = -1;

    private int _place = -1;

    /// <summary>Adds them.</summary>
    public void Read(WaitGraph graph)
    {
        Dictionary<ulong, (uint Number, SyncBlockData Block)> monitors = Held();
        Dictionary<ulong, ContendedLock> locks = [];
        var takers = new LockTakers(threads, typeof(Monitor));
        foreach (CopiedThread thread in threads.Waiting)
        {
            if (FindItem(thread, monitors) is not ulong item || snapshot.Memory.Read<int>(item + KindOfItem) != ToEnter)
            {
                continue;
            }

            ulong monitor = snapshot.Memory.Read<ulong>(item);
            if (!locks.TryGetValue(monitor, out ContendedLock? contended))
            {
                (uint number, SyncBlockData block) = monitors[monitor];
                contended = new ContendedLock("Monitor", number, TypeOf(block.Object), threads.ByAddress(block.HoldingThread), []);
                contended = contended with { TakenIn = takers.Of(contended.Holder, block.Object) };
                locks.Add(monitor, contended);
            }

            contended.Waiters.Add(new LockWaiter(thread.SystemId, snapshot.Memory.Read<int>(item + TimeoutOfItem) != NoTimeout));
        }

        graph.Locks.AddRange(locks.Values);
    }

    private string TypeOf(ulong holder) =>
        snapshot.Memory.Read<ulong>(holder) is ulong methodTable and not 0 ? types.Of(methodTable & ~7UL) : "";

    /// <summary>Those that a thread holds, by their addresses.</summary>
    private Dictionary<ulong, (uint Number, SyncBlockData Block)> Held()
    {
        Dictionary<ulong, (uint Number, SyncBlockData Block)> monitors = [];
        uint count = 1;
        for (uint number = 1; number <= Math.Min(count, MaxBlocks); number++)
        {
            SyncBlockData block = snapshot.Dac.SyncBlock(number);
            count = Math.Max(count, block.Count);

            // A sync block begins with its monitor.
            if (block.IsFree == 0 && (block.Held & 1) != 0 && block.Address != 0)
            {
                monitors.TryAdd(block.Address, (number, block));
            }
        }

        return monitors;
    }

    /// <summary>What a thread says that it waits for; null where it waits for none that is held.</summary>
    private ulong? FindItem(CopiedThread thread, Dictionary<ulong, (uint Number, SyncBlockData Block)> monitors)
    {
        if (_place >= 0)
        {
            return ItemAt(thread, _place, monitors);
        }

        for (int place = 0; place < ThreadWords * sizeof(ulong); place += sizeof(ulong))
        {
            if (ItemAt(thread, place, monitors) is { } item)
            {
                // It is the same place in all.
                _place = place;
                return item;
            }
        }

        return null;
    }

    private ulong? ItemAt(CopiedThread thread, int place, Dictionary<ulong, (uint Number, SyncBlockData Block)> monitors)
    {
        ulong item = snapshot.Memory.Read<ulong>(thread.Address + (ulong)place);
        if (!thread.IsInStack(item) || !thread.IsInStack(item + NextOfItem) || !monitors.ContainsKey(snapshot.Memory.Read<ulong>(item)))
        {
            return null;
        }

        ulong next = snapshot.Memory.Read<ulong>(item + NextOfItem);
        return (next == 0 || thread.IsInStack(next)) && snapshot.Memory.Read<uint>(item + KindOfItem) <= 1 ? item : null;
    }
}
