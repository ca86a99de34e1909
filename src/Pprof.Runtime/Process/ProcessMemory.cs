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

    private static nint Read(nuint address, Span<byte> destination)
    {
        fixed (byte* local = destination)
        {
            var to = new IoVector(local, (nuint)destination.Length);
            var from = new IoVector((void*)address, (nuint)destination.Length);
            return ProcessVmRead(Environment.ProcessId, &to, 1, &from, 1, 0);
        }
    }

    /// <summary>Reads the word at <paramref name="address"/>.</summary>
    public static bool TryRead(nuint address, out nuint word)
    {
        word = 0;
        return TryRead(address, MemoryMarshal.AsBytes(new Span<nuint>(ref word)));
    }

    /// <summary>The same by <c>/proc/self/mem</c> (proc_pid_mem(5)).</summary>
    internal static bool TryReadFile(nuint address, Span<byte> destination)
    {
        if (s_file.Value is not { } file || address > long.MaxValue)
        {
            return false;
        }

        try
        {
            return RandomAccess.Read(file, destination, (long)address) == destination.Length;
        }
        catch (IOException)
        {
            return false;
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
