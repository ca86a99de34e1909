using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pprof.Symbols.Elf;

/// <summary>An ELF file: on disk, or in memory as the kernel's vdso is.</summary>
internal sealed class ElfFile : IDisposable
{
    // No table of a real file comes near; a damaged header must not ask for more.
    private const ulong MaxTableSize = 512UL << 20;

    private readonly SafeFileHandle? _handle;
    private readonly byte[]? _bytes;
    private readonly ulong _length;
    private ElfSectionHeader[]? _sections;

    private ElfFile(SafeFileHandle? handle, byte[]? bytes)
    {
        _handle = handle;
        _bytes = bytes;
        _length = bytes is null ? (ulong)RandomAccess.GetLength(handle!) : (ulong)bytes.Length;
    }

    /// <summary>The file's header.</summary>
    public ElfHeader Header { get; private set; }

    /// <summary>The section headers; none where the file has been stripped of them.</summary>
    public IReadOnlyList<ElfSectionHeader> Sections => _sections ??= ReadTable<ElfSectionHeader>(
        Header.SectionHeaderOffset, (ulong)Header.SectionHeaderCount * ElfConstants.SectionHeaderSize);

    /// <summary>Opens the file at <paramref name="path"/>; null where that is not a readable ELF file.</summary>
    public static ElfFile? Open(string path)
    {
        try
        {
            SafeFileHandle handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            return Checked(new ElfFile(handle, null));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>A file whose contents are <paramref name="bytes"/>; null where they are not an ELF file.</summary>
    public static ElfFile? FromBytes(byte[] bytes) => Checked(new ElfFile(null, bytes));

    /// <summary>The GNU build id in lower-case hexadecimal, or an empty text.</summary>
    public string ReadBuildId()
    {
        foreach (ElfSectionHeader section in Sections)
        {
            if (section.Type == ElfConstants.SectionNote
                && ElfNotes.FindBuildId(ReadTable<byte>(section.Offset, section.Size), section.AddressAlignment) is { } id)
            {
                return id;
            }
        }

        return "";
    }

    /// <summary>The contents of a section as an array of <typeparamref name="T"/>; empty where it has none.</summary>
    public T[] ReadSection<T>(ElfSectionHeader section)
        where T : unmanaged =>
        section.Type == ElfConstants.SectionNoBits ? [] : ReadTable<T>(section.Offset, section.Size);

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>; false where not all of it is there.</summary>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        if (_bytes is not null)
        {
            return offset <= (ulong)_bytes.Length
                && _bytes.AsSpan((int)offset) is var rest
                && rest.Length >= destination.Length
                && rest[..destination.Length].TryCopyTo(destination);
        }

        try
        {
            int done = 0;
            while (done < destination.Length)
            {
                int read = RandomAccess.Read(_handle!, destination[done..], checked((long)offset + done));
                if (read == 0)
                {
                    return false;
                }

                done += read;
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OverflowException or ArgumentException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    private static ElfFile? Checked(ElfFile file)
    {
        ElfHeader header = default;
        if (file.TryRead(0, MemoryMarshal.AsBytes(new Span<ElfHeader>(ref header))) && header.IsSupported)
        {
            file.Header = header;
            return file;
        }

        file.Dispose();
        return null;
    }

    private T[] ReadTable<T>(ulong offset, ulong size)
        where T : unmanaged
    {
        if (size > MaxTableSize || offset > _length || size > _length - offset)
        {
            return [];
        }

        var table = new T[(int)size / Unsafe.SizeOf<T>()];
        return TryRead(offset, MemoryMarshal.AsBytes(table.AsSpan())) ? table : [];
    }
}
