using System.Globalization;
using System.IO.Enumeration;

namespace Pprof.Process;

/// <summary>The threads of this process, from <c>/proc/self/task</c> (proc_pid_task(5)).</summary>
internal sealed unsafe class ThreadList
{
    private const string Directory = "/proc/self/task";

    // struct statx: stx_mask, stx_blksize, stx_attributes (8), stx_nlink (statx(2)).
    private const int StatxBytes = 256;
    private const int LinkCountOffset = 16;
    private const uint StatxLinkCount = 0x4;
    private const int AtFdCwd = -100;

    private static readonly EnumerationOptions s_options = new() { AttributesToSkip = 0, IgnoreInaccessible = true };
    private readonly byte[] _loadAverage = new byte[128];
    private uint _links;
    private int _newestTask;

    /// <summary>Why the threads cannot be listed, and what would help; null where they can be.</summary>
    public static string? UnsupportedReason => System.IO.Directory.Exists(Directory)
        ? null
        : $"the threads of the process are listed in {Directory}, which is not there; mount /proc where the service runs";

    /// <summary>What went wrong when the threads were listed, and what would help.</summary>
    public static string Describe(IOException failure) =>
        $"the threads of the process cannot be listed: {failure.Message.TrimEnd('.')}; if it has no free descriptor, raise the limit of open files (ulimit -n)";

    /// <summary>
    /// Whether threads may have started or ended since the last call. Costs two cheap system calls, whatever the number
    /// of threads.
    /// </summary>
    public bool MayHaveChanged()
    {
        // The directory has a link for each thread; the last task id of the system tells a thread that came for one
        // that went (proc_loadavg(5)).
        uint links = LinkCount();
        int newest = NewestTask();
        bool changed = links != _links || newest != _newestTask || newest == 0;
        _links = links;
        _newestTask = newest;
        return changed;
    }

    /// <summary>The ids of all threads now.</summary>
    public static IEnumerable<int> Read() => new FileSystemEnumerable<int>(
        Directory,
        static (ref FileSystemEntry entry) => int.Parse(entry.FileName, NumberStyles.None, CultureInfo.InvariantCulture),
        s_options);

    private static uint LinkCount()
    {
        byte* result = stackalloc byte[StatxBytes];
        fixed (byte* path = "/proc/self/task"u8)
        {
            return Libc.Call(SystemCall.Statx, AtFdCwd, (nint)path, 0, (nint)StatxLinkCount, (nint)result) == 0
                ? *(uint*)(result + LinkCountOffset)
                : 0;
        }
    }

    private int NewestTask()
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle("/proc/loadavg", share: FileShare.ReadWrite);
            ReadOnlySpan<byte> text = _loadAverage.AsSpan(0, RandomAccess.Read(file, _loadAverage, 0)).TrimEnd((byte)'\n');
            return int.TryParse(text[(text.LastIndexOf((byte)' ') + 1)..], CultureInfo.InvariantCulture, out int newest) ? newest : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without the file every call says that the threads may have changed.
            return 0;
        }
    }
}
