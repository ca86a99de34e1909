using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Waits.Callback;

/// <summary>
/// The places in which the callback keeps what threads wait for, <c>slot</c> in callback.c, by the pointers of the threads. One
/// that ends in a wait, because it was interrupted, leaves its place behind; the callback has no time to look for such ones.
/// </summary>
/// <remarks>
/// A thread's pointer is an address in its memory for itself, in which the C library keeps the system's id of the thread. Where
/// that lies differs between C libraries, and is found in two threads of which it is known. When a thread has ended the id is not
/// there any more, or is nobody's. The memory can be another thread's by then: that has the place with its next wait.
/// </remarks>
internal sealed unsafe class WaitSlots
{
    private const int Count = 8192;

    // A slot is eight words: the thread, when its contention began, when its wait began, and what is of no interest here.
    private const int WordsOfSlot = 8;

    // Around the pointer, within which the id is looked for.
    private const int PageBytes = 4096;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly AllocationRing _ring;
    private readonly ulong* _slots;
    private readonly int[] _ids;

    private WaitSlots(AllocationRing ring, int[] ids)
    {
        _ring = ring;
        _slots = (ulong*)ring.Slots;
        _ids = ids;
    }

    /// <summary>By what the current thread is known.</summary>
    public nuint OwnPointer => _ring.OwnPointer;

    /// <summary>Those of the callback that writes into a ring, and has begun to. Null where it is not known how threads have their ids.</summary>
    public static WaitSlots? TryFind(AllocationRing ring)
    {
        HashSet<int> places = IdPlaces(ring);
        HashSet<int> others = [];
        bool isRead = OwnThreads.Start("pprof waits", () => others = IdPlaces(ring)).Join(s_patience);
        places.IntersectWith(isRead ? others : []);
        return places.Count == 0 || ring.Slots == 0 ? null : new WaitSlots(ring, [.. places]);
    }

    /// <summary>Whether a thread has a place.</summary>
    public bool Has(nuint thread)
    {
        for (int i = 0; i < Count; i++)
        {
            if (Volatile.Read(ref *(_slots + (i * WordsOfSlot))) == thread)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives back the places of threads that are no more. Returns how many those were.</summary>
    public int FreeOfEnded()
    {
        int freed = 0;
        for (int i = 0; i < Count; i++)
        {
            ulong* slot = _slots + (i * WordsOfSlot);
            ulong thread = Volatile.Read(ref *slot);
            if (thread == 0)
            {
                continue;
            }

            // A new thread may have got the memory of that one since, and begun to wait.
            (ulong contention, ulong wait) = BeginningsOf(slot);
            if (!Lives((nuint)thread) && BeginningsOf(slot) == (contention, wait) && Interlocked.CompareExchange(ref *slot, 0, thread) == thread)
            {
                freed++;
            }
        }

        return freed;
    }

    private static (ulong Contention, ulong Wait) BeginningsOf(ulong* slot) => (Volatile.Read(ref slot[1]), Volatile.Read(ref slot[2]));

    /// <summary>Where the current thread has its id, from its pointer on or before it.</summary>
    private static HashSet<int> IdPlaces(AllocationRing ring)
    {
        nuint pointer = ring.OwnPointer;
        int id = SystemThreads.CurrentId;
        HashSet<int> places = [];
        Span<byte> memory = stackalloc byte[PageBytes];
        for (int start = -PageBytes; start <= PageBytes; start += PageBytes)
        {
            // By whole pages: the next one may be nobody's.
            nuint page = (nuint)((nint)pointer + start) & ~(nuint)(PageBytes - 1);
            int read = ProcessMemory.ReadAvailable(page, memory);
            ReadOnlySpan<int> numbers = MemoryMarshal.Cast<byte, int>(memory[..read]);
            for (int i = 0; i < numbers.Length; i++)
            {
                if (numbers[i] == id)
                {
                    places.Add((int)((nint)page - (nint)pointer) + (i * sizeof(int)));
                }
            }
        }

        return places;
    }

    /// <summary>Whether an id of a thread that there is lies where it would be.</summary>
    private bool Lives(nuint thread)
    {
        Span<byte> id = stackalloc byte[sizeof(int)];
        foreach (int place in _ids)
        {
            // The kernel has a clock for each thread of this process, and for no other.
            if (ProcessMemory.TryRead((nuint)((nint)thread + place), id)
                && MemoryMarshal.Read<int>(id) is > 0 and int systemId && Libc.Nanoseconds(Libc.ThreadCpuClock(systemId)) >= 0)
            {
                return true;
            }
        }

        return false;
    }
}
