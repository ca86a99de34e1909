namespace Pprof.Testing;

/// <summary>
/// Who measures whole services has this machine for himself: no other test process measures or builds meanwhile. Test projects may run side by
/// side, and a build takes all cores for a minute. Builds do not mind each other. Within a process it can be entered again.
/// </summary>
internal sealed class QuietMachine : IDisposable
{
    private static readonly string s_path = Path.Combine(Path.GetTempPath(), "pprof-tests.lock");
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private static readonly SemaphoreSlim s_gate = new(1);

    private static IDisposable? s_lock;
    private static bool s_isAlone;
    private static int s_holders;

    private bool _left;

    private QuietMachine()
    {
    }

    /// <summary>To measure: waits until no other process measures or builds; not for ever, because a run has to end.</summary>
    public static Task<QuietMachine> EnterAsync() => EnterAsync(alone: true);

    /// <summary>To build: waits until no other process measures.</summary>
    public static Task<QuietMachine> DisturbAsync() => EnterAsync(alone: false);

    /// <summary>Lets the next one in.</summary>
    public void Dispose()
    {
        if (_left)
            return;

        _left = true;
        s_gate.Wait();
        if (--s_holders == 0)
            s_lock?.Dispose();

        s_gate.Release();
    }

    private static async Task<QuietMachine> EnterAsync(bool alone)
    {
        while (true)
        {
            await s_gate.WaitAsync();
            try
            {
                if (s_holders == 0)
                {
                    s_lock = await FileLock.TakeAsync(s_path, alone);
                    s_isAlone = alone;
                }

                if (s_isAlone || !alone)
                {
                    s_holders++;
                    return new QuietMachine();
                }
            }
            finally
            {
                s_gate.Release();
            }

            // Another thread of this process builds.
            await Task.Delay(s_look);
        }
    }
}
