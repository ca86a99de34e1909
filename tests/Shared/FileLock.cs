namespace Pprof.Testing;

/// <summary>A file that one process has at a time, or several that share it. The system takes it back from a process that ends.</summary>
internal static class FileLock
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(25);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until the file is free; null when it took so long that the run would not end.</summary>
    public static async Task<IDisposable?> TakeAsync(string path, bool alone)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!patience.IsCancellationRequested)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, alone ? FileAccess.ReadWrite : FileAccess.Read, alone ? FileShare.None : FileShare.Read);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                await Task.Delay(s_look);
            }
        }

        return null;
    }
}
