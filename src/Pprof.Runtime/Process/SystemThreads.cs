namespace Pprof.Process;

/// <summary>The threads of this process as the operating system lists them.</summary>
internal static class SystemThreads
{
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
}
