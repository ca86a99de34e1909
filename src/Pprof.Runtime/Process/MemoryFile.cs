using Microsoft.Win32.SafeHandles;

namespace Pprof.Process;

/// <summary>Files that lie in memory, which the system's loader can load without a file system that may be written and executed.</summary>
internal static unsafe class MemoryFile
{
    // memfd_create(2). A kernel that does not know the second lets a file in memory be executed anyway.
    private const nint CloseOnExecute = 1;
    private const nint Executable = 0x10;

    /// <summary>One with this content; null where the system makes none, with errno as the last error.</summary>
    public static SafeFileHandle? TryCreate(ReadOnlySpan<byte> content)
    {
        nint descriptor;
        fixed (byte* name = "pprof\0"u8)
        {
            descriptor = Libc.Call(SystemCall.CreateMemoryFile, (nint)name, CloseOnExecute | Executable, 0, 0, 0);
            if (descriptor < 0)
            {
                descriptor = Libc.Call(SystemCall.CreateMemoryFile, (nint)name, CloseOnExecute, 0, 0, 0);
            }
        }

        if (descriptor < 0)
        {
            return null;
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.Write(file, content, 0);
        return file;
    }
}
