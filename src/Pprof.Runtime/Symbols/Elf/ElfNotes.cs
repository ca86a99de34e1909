using System.Runtime.InteropServices;

namespace Pprof.Symbols.Elf;

/// <summary>Note segments and sections.</summary>
internal static class ElfNotes
{
    private const int NoteHeaderSize = 12;

    /// <summary>The GNU build id among <paramref name="notes"/> in lower-case hexadecimal, or null.</summary>
    public static string? FindBuildId(ReadOnlySpan<byte> notes, ulong alignment)
    {
        // Notes are padded to four bytes, or to eight where the segment says so.
        int padding = alignment == 8 ? 7 : 3;
        while (MemoryMarshal.TryRead(notes, out ElfNoteHeader header))
        {
            notes = notes[NoteHeaderSize..];
            if (header.NameSize > notes.Length || header.DescriptorSize > notes.Length)
            {
                return null;
            }

            // What is padded is the offset from the note's header.
            int descriptor = ((NoteHeaderSize + (int)header.NameSize + padding) & ~padding) - NoteHeaderSize;
            int next = descriptor + (((int)header.DescriptorSize + padding) & ~padding);
            if (descriptor + (int)header.DescriptorSize > notes.Length)
            {
                return null;
            }

            if (header.Type == ElfConstants.NoteGnuBuildId && notes[..(int)header.NameSize].SequenceEqual("GNU\0"u8))
            {
                return Convert.ToHexStringLower(notes.Slice(descriptor, (int)header.DescriptorSize));
            }

            notes = notes[Math.Min(next, notes.Length)..];
        }

        return null;
    }
}
