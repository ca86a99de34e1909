using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Pprof.Process;

/// <summary>How much memory of this process can be executed: VmExe and VmLib of <c>/proc/self/status</c> (proc_pid_status(5)).</summary>
internal static class ExecutableMemory
{
    // Some 1,500 bytes; the lines wanted are in the first half.
    private const int BufferSize = 4096;

    /// <summary>
    /// KiB in executable mappings that cannot be written; null where the system does not tell. It changes when code comes
    /// or goes, and not with threads and heaps as all other figures do.
    /// </summary>
    public static long? Size()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            Span<byte> buffer = stackalloc byte[BufferSize];
            using SafeFileHandle file = File.OpenHandle("/proc/self/status", share: FileShare.ReadWrite);
            ReadOnlySpan<byte> status = buffer[..RandomAccess.Read(file, buffer, 0)];
            return Value(status, "\nVmExe:"u8) + Value(status, "\nVmLib:"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static long? Value(ReadOnlySpan<byte> status, ReadOnlySpan<byte> name)
    {
        int index = status.IndexOf(name);
        return index >= 0 && Utf8Parser.TryParse(status[(index + name.Length)..].TrimStart(" \t"u8), out long value, out _) ? value : null;
    }
}
