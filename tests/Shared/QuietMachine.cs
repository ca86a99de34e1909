namespace Pprof.Testing;

/// <summary>
/// One test process at a time on this machine: those that measure, and those that build. <c>dotnet test</c> runs the test
/// projects side by side, and a build takes all cores for a minute. Within a process it can be entered again.
/// </summary>
internal sealed class QuietMachine : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(25);
    private static readonly SemaphoreSlim s_gate = new(1);

    private static FileStream? s_file;
    private static int s_holders;

    private bool _left;

    private QuietMachine()
    {
    }

    /// <summary>Waits until no other process is in; not for ever, because a run has to end.</summary>
    public static async Task<QuietMachine> EnterAsync()
    {
        await s_gate.WaitAsync();
        try
        {
            if (s_holders == 0)
                s_file = await LockAsync();

            s_holders++;
            return new QuietMachine();
        }
        finally
        {
            s_gate.Release();
        }
    }

    /// <summary>Lets the next one in.</summary>
    public void Dispose()
    {
        if (_left)
            return;

        _left = true;
        s_gate.Wait();
        if (--s_holders == 0)
            s_file?.Dispose();

        s_gate.Release();
    }

    private static async Task<FileStream?> LockAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), "pprof-tests.lock");
        using var patience = new CancellationTokenSource(s_patience);
        while (!patience.IsCancellationRequested)
        {
            try
            {
                // The system takes it back from a process that ends.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                await Task.Delay(200);
            }
        }

        return null;
    }
}
