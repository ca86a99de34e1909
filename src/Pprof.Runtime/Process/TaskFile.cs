using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Pprof.Process;

/// <summary>
/// A file of one thread below <c>/proc/self/task</c> (proc_pid_task(5)), which tells something new at every reading. By
/// system calls alone: where there are many threads, the library's files would be most of the cost. A copy is the same file.
/// </summary>
internal readonly unsafe struct TaskFile : IDisposable
{
    private const int AtFdCwd = -100;
    private const int CloseOnExec = 0x80000;
    private const int ENOENT = 2;
    private const int ESRCH = 3;
    private const int EINTR = 4;
    private const int LongestName = 32;

    // One more than the descriptor: of a value that nobody made nothing is closed.
    private readonly int _handle;

    /// <summary>Opens the file <paramref name="name"/> of a thread.</summary>
    public TaskFile(int systemId, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> folder = "/proc/self/task/"u8;
        Span<byte> path = stackalloc byte[folder.Length + 12 + LongestName];
        path.Clear();
        folder.CopyTo(path);
        _ = Utf8Formatter.TryFormat(systemId, path[folder.Length..], out int digits);
        path[folder.Length + digits] = (byte)'/';
        name.CopyTo(path[(folder.Length + digits + 1)..]);
        fixed (byte* start = path)
        {
            _handle = (int)Libc.Call(SystemCall.OpenAt, AtFdCwd, (nint)start, CloseOnExec, 0, 0) + 1;
        }

        Error = _handle <= 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Why it could not be opened, errno; 0 where it is open.</summary>
    public int Error { get; }

    /// <summary>Whether it could not be opened though the thread has not ended: the process has no free descriptor, say.</summary>
    public bool IsRefused => Error is not (0 or ENOENT or ESRCH);

    /// <summary>
    /// What the file says now, as far as it fits into <paramref name="buffer"/>; nothing where the thread has ended or the
    /// file could not be opened.
    /// </summary>
    public ReadOnlySpan<byte> Read(Span<byte> buffer)
    {
        if (_handle <= 0)
        {
            return default;
        }

        fixed (byte* start = buffer)
        {
            nint read;
            do
            {
                read = Libc.Call(SystemCall.ReadAt, _handle - 1, (nint)start, buffer.Length, 0, 0);
            }
            while (read < 0 && Marshal.GetLastPInvokeError() == EINTR);

            return read <= 0 ? default : buffer[..(int)read];
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        if (_handle > 0)
        {
            _ = Libc.Call(SystemCall.Close, _handle - 1, 0, 0, 0, 0);
        }
    }
}
