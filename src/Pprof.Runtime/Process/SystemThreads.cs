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

        try
        {
            return File.ReadAllText($"/proc/self/task/{systemId}/comm").TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
