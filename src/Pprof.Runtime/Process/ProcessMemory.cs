using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pprof.Process;

/// <summary>
/// Reads memory of this process through the kernel, which answers an address that is not mapped with an error where a
/// pointer would end the process.
/// </summary>
internal static unsafe partial class ProcessMemory
{
    private const int EPERM = 1;
    private const int ENOSYS = 38;
    private const int PageBytes = 4096;
    private const int MaxPages = 64;

    // Seccomp filters of older container engines forbid process_vm_readv; the file is not theirs to forbid.
    private static readonly Lazy<SafeFileHandle?> s_file = new(OpenFile);
    private static volatile bool s_useFile;

    /// <summary>
    /// Fills <paramref name="destination"/> from <paramref name="address"/>. False, with undefined contents, where not
    /// all of it could be read.
    /// </summary>
    public static bool TryRead(nuint address, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return true;
        }

        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        if (!s_useFile)
        {
            nint read = Read(address, destination);
            if (read >= 0)
            {
                return read == destination.Length;
            }

            if (Marshal.GetLastPInvokeError() is not (EPERM or ENOSYS))
            {
                return false;
            }

            s_useFile = true;
        }

        return TryReadFile(address, destination);
    }

    /// <summary>
    /// Fills the beginning of <paramref name="destination"/> from <paramref name="address"/> up to where memory cannot be
    /// read. Returns the number of bytes.
    /// </summary>
    public static int ReadAvailable(nuint address, Span<byte> destination)
    {
        int read = 0;
        while (read < destination.Length)
        {
            int wanted = Math.Min(MaxPages * PageBytes, destination.Length - read);
            int now = ReadPages(address + (nuint)read, destination.Slice(read, wanted));
            read += now;
            if (now < wanted)
            {
                break;
            }
        }

        return read;
    }

    private static int ReadPages(nuint address, Span<byte> destination)
    {
        if (!OperatingSystem.IsLinux() || s_useFile)
        {
            return OperatingSystem.IsLinux() ? ReadFile(address, destination) : 0;
        }

        // The kernel promises whole pieces only (process_vm_readv(2)): a piece never crosses a page.
        IoVector* pieces = stackalloc IoVector[MaxPages + 1];
        nuint count = 0;
        for (nuint at = address, end = address + (nuint)destination.Length; at < end;)
        {
            nuint next = Math.Min(end, (at & ~(nuint)(PageBytes - 1)) + PageBytes);
            pieces[count++] = new IoVector((void*)at, next - at);
            at = next;
        }

        fixed (byte* local = destination)
        {
            var to = new IoVector(local, (nuint)destination.Length);
            nint read = ProcessVmRead(Environment.ProcessId, &to, 1, pieces, count, 0);
            if (read >= 0)
            {
                return (int)read;
            }
        }

        if (Marshal.GetLastPInvokeError() is not (EPERM or ENOSYS))
        {
            return 0;
        }

        s_useFile = true;
        return ReadFile(address, destination);
    }

    private static nint Read(nuint address, Span<byte> destination)
    {
        fixed (byte* local = destination)
        {
            var to = new IoVector(local, (nuint)destination.Length);
            var from = new IoVector((void*)address, (nuint)destination.Length);
            return ProcessVmRead(Environment.ProcessId, &to, 1, &from, 1, 0);
        }
    }

    /// <summary>
    /// Reads memory of another process that this one may look into. Returns the number of bytes, which ends before a page that
    /// cannot be read; -1, with the error set, where nothing can.
    /// </summary>
    public static nint ReadOf(int processId, nuint address, Span<byte> destination)
    {
        fixed (byte* local = destination)
        {
            var to = new IoVector(local, (nuint)destination.Length);
            var from = new IoVector((void*)address, (nuint)destination.Length);
            return ProcessVmRead(processId, &to, 1, &from, 1, 0);
        }
    }

    /// <summary>
    /// Reads as many bytes at each address, one behind the other. False where one of them could not be read as a whole.
    /// </summary>
    public static bool TryReadOf(int processId, ReadOnlySpan<nuint> addresses, int bytes, Span<byte> destination)
    {
        const int Most = 1024;
        IoVector* from = stackalloc IoVector[Math.Min(Most, addresses.Length)];
        fixed (byte* local = destination)
        {
            for (int done = 0; done < addresses.Length;)
            {
                int count = Math.Min(Most, addresses.Length - done);
                for (int i = 0; i < count; i++)
                {
                    from[i] = new IoVector((void*)addresses[done + i], (nuint)bytes);
                }

                var to = new IoVector(local + ((nint)done * bytes), (nuint)(count * bytes));
                if (ProcessVmRead(processId, &to, 1, from, (nuint)count, 0) != count * bytes)
                {
                    return false;
                }

                done += count;
            }
        }

        return true;
    }

    /// <summary>Reads the word at <paramref name="address"/>.</summary>
    public static bool TryRead(nuint address, out nuint word)
    {
        word = 0;
        return TryRead(address, MemoryMarshal.AsBytes(new Span<nuint>(ref word)));
    }

    /// <summary>The same by <c>/proc/self/mem</c> (proc_pid_mem(5)).</summary>
    internal static bool TryReadFile(nuint address, Span<byte> destination) => ReadFile(address, destination) == destination.Length;

    private static int ReadFile(nuint address, Span<byte> destination)
    {
        if (s_file.Value is not { } file || address > long.MaxValue)
        {
            return 0;
        }

        try
        {
            return RandomAccess.Read(file, destination, (long)address);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static SafeFileHandle? OpenFile()
    {
        try
        {
            return File.OpenHandle("/proc/self/mem", share: FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "process_vm_readv", SetLastError = true)]
    private static partial nint ProcessVmRead(
        int processId, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    /// <summary><c>struct iovec</c>, process_vm_readv(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct IoVector(void* start, nuint length)
    {
        private readonly void* _start = start;
        private readonly nuint _length = length;
    }
}
