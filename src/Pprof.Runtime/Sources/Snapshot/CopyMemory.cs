using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.Snapshot;

/// <summary>
/// Reads the memory of a copy of the process, through a cache of its pages: it does not change any more. Not safe for
/// concurrent use.
/// </summary>
internal sealed unsafe class CopyMemory : IDisposable
{
    private const int PageBytes = 4096;
    private const int Slots = 2048;
    private const int EPERM = 1;
    private const int ENOSYS = 38;

    private readonly int _processId;
    private readonly ulong[] _pages = new ulong[Slots];
    private byte* _memory = (byte*)NativeMemory.Alloc(Slots, PageBytes);

    /// <summary>Reads the copy with this id.</summary>
    /// <exception cref="SnapshotException">It cannot be read.</exception>
    public CopyMemory(int processId, nuint known)
    {
        _processId = processId;
        byte probe = 0;
        if (ProcessMemory.ReadOf(processId, known, new Span<byte>(ref probe)) != 1)
        {
            int error = Marshal.GetLastPInvokeError();
            Dispose();
            throw new SnapshotException(
                error is EPERM or ENOSYS
                    ? $"the process may not read its own copy (process_vm_readv(2), errno {error}); allow the call in the seccomp filter of the container, and do not make the process undumpable"
                    : $"the copy of the process cannot be read (errno {error})",
                isRefused: true);
        }
    }

    /// <summary>Reads up to <paramref name="into"/>'s length; the number of bytes read.</summary>
    public int Read(ulong address, Span<byte> into)
    {
        if (into.Length >= PageBytes)
        {
            return (int)Math.Max(0, ProcessMemory.ReadOf(_processId, (nuint)address, into));
        }

        int done = 0;
        while (done < into.Length)
        {
            ulong at = address + (ulong)done;
            int offset = (int)(at % PageBytes);
            int length = Math.Min(PageBytes - offset, into.Length - done);
            if (PageOf(at - (ulong)offset) is not { IsEmpty: false } page)
            {
                return done;
            }

            page.Slice(offset, length).CopyTo(into[done..]);
            done += length;
        }

        return done;
    }

    /// <summary>The value at <paramref name="address"/>; its default where that cannot be read.</summary>
    public T Read<T>(ulong address)
        where T : unmanaged
    {
        T value = default;
        return Read(address, MemoryMarshal.AsBytes(new Span<T>(ref value))) == sizeof(T) ? value : default;
    }

    /// <summary>Reads many pieces of one size at a time, not through the cache. False where one of them cannot be read.</summary>
    public bool TryReadAll(ReadOnlySpan<nuint> addresses, int bytes, Span<byte> into) =>
        ProcessMemory.TryReadOf(_processId, addresses, bytes, into);

    /// <summary>Gives the cache back.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    private Span<byte> PageOf(ulong page)
    {
        int slot = (int)(page / PageBytes % Slots);
        var cached = new Span<byte>(_memory + (slot * PageBytes), PageBytes);
        if (page == 0 || _pages[slot] != page)
        {
            _pages[slot] = 0;
            if (page == 0 || ProcessMemory.ReadOf(_processId, (nuint)page, cached) != PageBytes)
            {
                return default;
            }

            _pages[slot] = page;
        }

        return cached;
    }
}
