using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// The work items that no thread of the pool has begun: those of the queues that all threads take from, by the segments of
/// their lists, then those that threads have queued for themselves.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="known">The queues.</param>
internal sealed class PoolQueue(HeapSnapshot snapshot, KnownObjects known)
{
    private const int MaxItems = 1 << 18;
    private const int MaxSegments = 1 << 14;
    private const int MaxSlots = 1 << 20;

    // Of a list of references: each with the number of its turn.
    private const int SlotBytes = 16;
    private const int TurnInSlot = 8;

    private static readonly int s_urgent = ClassLibrary.Place(KnownObjects.PoolType, "highPriorityWorkItems");
    private static readonly int s_normal = ClassLibrary.Place(KnownObjects.PoolType, "workItems");
    private static readonly int s_assigned = ClassLibrary.Place(KnownObjects.PoolType, "_assignableWorkItemQueues");

    private static readonly Type? s_segmentType = ClassLibrary.TypeOfField(typeof(ConcurrentQueue<object>), "_head");
    private static readonly int s_head = ClassLibrary.Place(typeof(ConcurrentQueue<object>), "_head");
    private static readonly int s_slots = ClassLibrary.Place(s_segmentType, "_slots");
    private static readonly int s_next = ClassLibrary.Place(s_segmentType, "_nextSegment");
    private static readonly int s_ends = ClassLibrary.Place(s_segmentType, "_headAndTail");
    private static readonly int s_first = ClassLibrary.PlaceInside(ClassLibrary.TypeOfField(s_segmentType, "_headAndTail"), "Head");

    private static readonly int s_array = ClassLibrary.Place(KnownObjects.LocalType, "m_array");
    private static readonly int s_localHead = ClassLibrary.Place(KnownObjects.LocalType, "m_headIndex");
    private static readonly int s_localTail = ClassLibrary.Place(KnownObjects.LocalType, "m_tailIndex");
    private static readonly int s_mask = ClassLibrary.Place(KnownObjects.LocalType, "m_mask");

    private readonly List<ulong> _items = [];

    /// <summary>The items, those that come next first.</summary>
    public List<ulong> Read()
    {
        foreach (ulong pool in known.Pools)
        {
            AddQueue(pool, s_urgent);
            AddQueue(pool, s_normal);
            AddAssigned(pool);
        }

        foreach (ulong local in known.Locals)
        {
            AddLocal(local);
        }

        return _items;
    }

    private ulong Reference(ulong holder, int place) => holder == 0 || place < 0 ? 0 : snapshot.Memory.Read<ulong>(holder + (ulong)place);

    private void AddAssigned(ulong pool)
    {
        ulong queues = Reference(pool, s_assigned);
        int count = queues == 0 ? 0 : Math.Min(snapshot.Memory.Read<int>(queues + ClassLibrary.ArrayLength), MaxSegments);
        for (int i = 0; i < count; i++)
        {
            AddSegments(Reference(Reference(queues, ClassLibrary.ArrayHeader + (8 * i)), s_head));
        }
    }

    private void AddQueue(ulong pool, int place) => AddSegments(Reference(Reference(pool, place), s_head));

    private void AddSegments(ulong segment)
    {
        if (s_slots < 0 || s_ends < 0 || s_first < 0)
        {
            return;
        }

        for (int i = 0; segment != 0 && i < MaxSegments; i++)
        {
            AddSegment(segment);
            segment = Reference(segment, s_next);
        }
    }

    private void AddSegment(ulong segment)
    {
        ulong slots = Reference(segment, s_slots);
        int length = slots == 0 ? 0 : snapshot.Memory.Read<int>(slots + ClassLibrary.ArrayLength);
        if (length is <= 0 or > MaxSlots)
        {
            return;
        }

        byte[] bytes = new byte[length * SlotBytes];
        int read = snapshot.Memory.Read(slots + ClassLibrary.ArrayHeader, bytes);
        int first = snapshot.Memory.Read<int>(segment + (ulong)s_ends + (ulong)s_first);
        for (int i = 0; i < length && _items.Count < MaxItems; i++)
        {
            // One that is there has the number after that of its turn.
            int turn = first + i;
            int at = (turn & (length - 1)) * SlotBytes;
            if (at + SlotBytes > read || MemoryMarshal.Read<int>(bytes.AsSpan(at + TurnInSlot)) != turn + 1)
            {
                return;
            }

            if (MemoryMarshal.Read<ulong>(bytes.AsSpan(at)) is ulong item and not 0)
            {
                _items.Add(item);
            }
        }
    }

    private void AddLocal(ulong local)
    {
        ulong array = Reference(local, s_array);
        if (array == 0 || s_localHead < 0 || s_localTail < 0 || s_mask < 0)
        {
            return;
        }

        int head = snapshot.Memory.Read<int>(local + (ulong)s_localHead);
        int tail = snapshot.Memory.Read<int>(local + (ulong)s_localTail);
        int mask = snapshot.Memory.Read<int>(local + (ulong)s_mask);
        for (int i = head; i < tail && mask is > 0 and < MaxSlots && _items.Count < MaxItems; i++)
        {
            if (Reference(array, ClassLibrary.ArrayHeader + (8 * (i & mask))) is ulong item and not 0)
            {
                _items.Add(item);
            }
        }
    }
}
