using System.Runtime.InteropServices;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>The words of an object in a copy of the heap, whatever they mean.</summary>
internal static class CopiedWords
{
    // Of a method table: whether objects have elements, and of which size; then the size without them, which counts an
    // object's header too.
    private const uint HasElements = 0x80000000;
    private const uint ElementSize = 0xffff;
    private const int SizePlace = 4;

    /// <summary>What would be the method table of the object to which a word refers; 0 where it can refer to none.</summary>
    public static ulong TableOf(HeapCopy snapshot, ulong word) =>
        word > ushort.MaxValue && word % sizeof(ulong) == 0 ? snapshot.Memory.Read<ulong>(word) & ~7UL : 0;

    /// <summary>Those after the method table, as many as there is room for.</summary>
    public static ReadOnlySpan<ulong> Of(HeapCopy snapshot, ulong address, Span<ulong> room)
    {
        ulong table = snapshot.Memory.Read<ulong>(address) & ~7UL;
        uint flags = snapshot.Memory.Read<uint>(table);
        long bytes = snapshot.Memory.Read<uint>(table + SizePlace) - sizeof(ulong);
        if ((flags & HasElements) != 0)
        {
            bytes += (flags & ElementSize) * (long)snapshot.Memory.Read<uint>(address + ClassLibrary.ArrayLength);
        }

        Span<ulong> words = room[..(int)Math.Clamp(bytes / sizeof(ulong), 0, room.Length)];
        int read = snapshot.Memory.Read(address, MemoryMarshal.AsBytes(words)) / sizeof(ulong);
        return read > 1 ? words[1..read] : default;
    }
}
