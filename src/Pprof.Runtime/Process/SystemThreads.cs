using System.Runtime.InteropServices;

namespace Pprof.Process;

/// <summary>The threads of this process as the operating system lists them.</summary>
internal static partial class SystemThreads
{
    [ThreadStatic]
    private static int s_currentId;

    /// <summary>The system's id of the current thread.</summary>
    public static int CurrentId => s_currentId != 0 ? s_currentId : s_currentId = ReadCurrentId();

    /// <summary>Why the threads cannot be listed, and what would help; null where they can be.</summary>
    public static string? UnsupportedReason => OperatingSystem.IsLinux() ? ThreadList.UnsupportedReason : null;

    /// <summary>The ids of all threads now.</summary>
    public static HashSet<int> Read()
    {
        if (OperatingSystem.IsLinux())
        {
            return [.. ThreadList.Read()];
        }

        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return [.. process.Threads.Cast<System.Diagnostics.ProcessThread>().Select(static thread => thread.Id)];
    }

    /// <summary>The name of a thread, of which Linux keeps 15 bytes; null where it is not known, or the thread has ended.</summary>
    public static string? NameOf(int systemId)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        using var file = new TaskFile(systemId, "comm"u8);
        ReadOnlySpan<byte> name = file.Read(stackalloc byte[64]);
        return name.IsEmpty ? null : System.Text.Encoding.UTF8.GetString(name.TrimEnd((byte)'\n'));
    }

    private static int ReadCurrentId() => (int)(OperatingSystem.IsWindows() ? GetCurrentThreadId() : SystemNative_TryGetUInt32OSThreadId());

    // The runtime's own shim: gettid(2) on Linux, pthread_threadid_np on macOS.
    [LibraryImport("libSystem.Native")]
    private static partial uint SystemNative_TryGetUInt32OSThreadId();

    [LibraryImport("kernel32")]
    private static partial uint GetCurrentThreadId();
}
