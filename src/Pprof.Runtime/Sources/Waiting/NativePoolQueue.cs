using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// The work items that no thread of the pool has begun, in a NativeAOT program, where fields have no names: what is in the
/// lists that the queues of the pool refer to. An item that a thread takes is taken out of its list.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="known">The queues.</param>
internal sealed class NativePoolQueue(HeapCopy snapshot, KnownObjects known)
{
    private const int MaxItems = 1 << 18;
    private const int MaxSegments = 1 << 14;
    private const int MaxSlots = 1 << 20;
    private const string SegmentType = "ConcurrentQueueSegment`1";

    // Of a list of references: each with the number of its turn, which orders them.
    private const int SlotBytes = 16;
    private const int TurnInSlot = 8;

    private readonly List<ulong> _items = [];

    /// <summary>The items, of each list those that come next first.</summary>
    public List<ulong> Read()
    {
        foreach (ulong pool in known.Pools)
        {
            foreach ((ulong value, Type type) in ReferencesOf(pool))
            {
                if (type == typeof(ConcurrentQueue<object>))
                {
                    AddQueue(value);
                }
                else if (type == typeof(ConcurrentQueue<object>[]))
                {
                    foreach (ulong queue in Elements(value))
                    {
                        AddQueue(queue);
                    }
                }
            }
        }

        foreach (ulong local in known.Locals)
        {
            foreach ((ulong value, Type type) in ReferencesOf(local))
            {
                if (type == typeof(object[]))
                {
                    _items.AddRange(Elements(value).Take(MaxItems - _items.Count));
                }
            }
        }

        return _items;
    }

    /// <summary>A queue refers to its first segment and to its last one, of which the longer chain goes out from the first.</summary>
    private void AddQueue(ulong queue)
    {
        foreach (ulong segment in SegmentsOf(queue).Select(ChainFrom).MaxBy(static chain => chain.Count) ?? [])
        {
            List<(int Turn, ulong Item)> found = [];
            foreach ((ulong value, Type type) in ReferencesOf(segment))
            {
                if (type is { IsArray: true })
                {
                    AddSlots(value, found);
                }
            }

            _items.AddRange(found.OrderBy(static slot => slot.Turn).Select(static slot => slot.Item).Take(MaxItems - _items.Count));
        }
    }

    /// <summary>A segment and those that follow it: each refers to the next.</summary>
    private List<ulong> ChainFrom(ulong segment)
    {
        List<ulong> chain = [];
        for (; segment != 0 && chain.Count < MaxSegments; segment = SegmentsOf(segment).FirstOrDefault())
        {
            snapshot.Patience.Check();
            chain.Add(segment);
        }

        return chain;
    }

    private void AddSlots(ulong slots, List<(int Turn, ulong Item)> found)
    {
        int length = snapshot.Memory.Read<int>(slots + ClassLibrary.ArrayLength);
        if (length is <= 0 or > MaxSlots)
        {
            return;
        }

        byte[] bytes = new byte[length * SlotBytes];
        int read = snapshot.Memory.Read(slots + ClassLibrary.ArrayHeader, bytes);
        for (int at = 0; at + SlotBytes <= read; at += SlotBytes)
        {
            if (MemoryMarshal.Read<ulong>(bytes.AsSpan(at)) is ulong item and not 0)
            {
                found.Add((MemoryMarshal.Read<int>(bytes.AsSpan(at + TurnInSlot)), item));
            }
        }
    }

    private List<ulong> SegmentsOf(ulong holder) =>
        [.. ReferencesOf(holder).Where(static reference => reference.Type is { IsGenericType: true, Name: SegmentType }).Select(static reference => reference.Value)];

    private IEnumerable<(ulong Value, Type Type)> ReferencesOf(ulong holder)
    {
        foreach (int place in ObjectTable.ReferencesOf(TableAt(holder)))
        {
            ulong value = snapshot.Memory.Read<ulong>(holder + (ulong)place);
            if (value != 0 && snapshot.TypeOf(TableAt(value)) is { } type)
            {
                yield return (value, type);
            }
        }
    }

    private IEnumerable<ulong> Elements(ulong array)
    {
        int count = Math.Min(snapshot.Memory.Read<int>(array + ClassLibrary.ArrayLength), MaxSlots);
        for (int i = 0; i < count; i++)
        {
            if (snapshot.Memory.Read<ulong>(array + ClassLibrary.ArrayHeader + (8 * (ulong)i)) is ulong element and not 0)
            {
                yield return element;
            }
        }
    }

    private ulong TableAt(ulong address) => snapshot.Memory.Read<ulong>(address) & ~7UL;
}
