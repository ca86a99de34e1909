namespace Pprof.Process;

/// <summary>What the kernel tells of a thread, line by line (proc_pid_status(5)).</summary>
internal static class ThreadStatus
{
    /// <summary>
    /// What stands behind <paramref name="name"/>, such as <c>SigBlk:</c>; null where the thread has ended, or nothing can
    /// be read.
    /// </summary>
    public static string? Read(int systemId, string name)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/self/task/{systemId}/status"))
            {
                if (line.StartsWith(name, StringComparison.Ordinal))
                {
                    return line[name.Length..].Trim();
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process is out of descriptors, say.
        }

        return null;
    }
}
