using System.Runtime.InteropServices;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations;

/// <summary>
/// One sample as it was written: <c>record</c> in ring.h. What is written of waits and of new threads has the same form; what
/// its fields mean there stands in waits.c, threads.c and the callback.c of waits.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AllocationRecord
{
    /// <summary>Bytes of the header, HEADER_BYTES in ring.h.</summary>
    public const int HeaderBytes = 128;

    /// <summary>Bytes of the whole; 0 while it is being written.</summary>
    public ulong Bytes;

    /// <summary>Not 0 where it is no sample, but the unused end of the ring.</summary>
    public ulong Skipped;

    /// <summary>The runtime's identity of the type: the address of its method table. Of a wait, the contentions that it has taken, or the system's id of the thread that had the lock; of a thread, its number.</summary>
    public nuint Type;

    /// <summary>The size of the object. Of a wait, its nanoseconds; of a thread that has begun, the system's id.</summary>
    public ulong Size;

    /// <summary>A weak handle of the object; 0 where the runtime had none. Of a wait, when it began, or the contention that it is a part of.</summary>
    public nint Handle;

    /// <summary>Where the object was before the first collection after its birth. Of a contention, the lock.</summary>
    public nuint Address;

    /// <summary>On CoreCLR the chance of 2^32 with which the callback took the sample.</summary>
    public ulong Keep;

    /// <summary>The instruction to which who wrote it returns.</summary>
    public nuint Pc;

    /// <summary>The stack pointer after that return.</summary>
    public nuint Sp;

    /// <summary>The frame pointer after that return.</summary>
    public nuint Fp;

    /// <summary>Characters of the type's name; 0 where it is to be found by <see cref="Type"/>.</summary>
    public uint NameLength;

    /// <summary>0 for the small object heap, 1 for the large, 2 for the pinned.</summary>
    public uint Kind;

    /// <summary>Bytes of the stack that were copied, from <see cref="Sp"/> upwards.</summary>
    public ulong StackBytes;

    /// <summary>Links of the frame-pointer chain above what was copied.</summary>
    public ulong ChainPairs;

    /// <summary>On NativeAOT the bytes between two points of the thread, on average, when it chose this one. Of a contention, when the lock had been taken last after one; 0 where nobody knows.</summary>
    public ulong Period;

    /// <summary>When it was taken, in nanoseconds of <see cref="System.Diagnostics.Stopwatch"/>'s clock; 0 where nobody asked (<see cref="AllocationRing.TellsThread"/>).</summary>
    public ulong Time;

    /// <summary>The thread, by its id in the operating system; 0 where nobody asked.</summary>
    public uint Thread;

    /// <summary>The number in <see cref="Pprof.Labels.KnownRoutes"/> of the labels of the request that the thread worked for; 0 for none, or where nobody asked.</summary>
    public uint Route;

    /// <summary>The name of the type, as the runtime writes it.</summary>
    public static ReadOnlySpan<char> NameOf(AllocationRecord* record) => new((byte*)record + HeaderBytes, (int)record->NameLength);

    /// <summary>Writes the frames of the stack to <paramref name="frames"/>, leaf first, and returns their number.</summary>
    public static int Unwind(AllocationRecord* record, StackUnwinder unwinder, Span<nuint> frames)
    {
        var registers = new RegisterState { Sp = record->Sp, Fp = record->Fp };
        StackMemory stack = StackOf(record);
        return unwinder.Unwind(in registers, record->Pc, in stack, frames);
    }

    /// <summary>The words of the stack that were copied, from the stack pointer on.</summary>
    public static ReadOnlySpan<nuint> WordsOf(AllocationRecord* record) =>
        new((byte*)record + HeaderBytes + (((record->NameLength * sizeof(char)) + 7) & ~7u), (int)(record->StackBytes / 8));

    private static StackMemory StackOf(AllocationRecord* record)
    {
        ReadOnlySpan<nuint> words = WordsOf(record);
        fixed (nuint* stack = words)
        {
            return new StackMemory(record->Sp, words, new ReadOnlySpan<nuint>(stack + words.Length, (int)record->ChainPairs * 2));
        }
    }
}
