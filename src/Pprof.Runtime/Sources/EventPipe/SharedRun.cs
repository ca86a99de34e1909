using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Work that takes a while and that many ask for at a time. It runs on a thread of this package, which no request and no
/// thread of the application waits in; who asks while it runs shares the next run with all others that do.
/// </summary>
/// <param name="name">The name of the thread, which is there while somebody asks.</param>
/// <param name="run">The work.</param>
/// <param name="failed">What the result is when the work fails, or the process can have no more threads.</param>
internal sealed class SharedRun<T>(string name, Func<T> run, Func<Exception, T> failed)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<T>? _next;
    private bool _isRunning;

    /// <summary>The result of a run that begins after this call. The task never fails.</summary>
    public Task<T> AskAsync()
    {
        TaskCompletionSource<T> asked;
        lock (_gate)
        {
            // Who is told must not go on in the thread of this package.
            asked = _next ??= new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_isRunning)
            {
                return asked.Task;
            }

            _isRunning = true;
        }

        try
        {
            OwnThreads.Start(name, RunAll);
        }
        catch (Exception e)
        {
            // The same for those who asked meanwhile.
            T result = failed(new IOException(OwnThreads.WhyNone("reads the events"), e));
            while (Take() is { } refused)
            {
                refused.SetResult(result);
            }
        }

        return asked.Task;
    }

    private void RunAll()
    {
        while (Take() is { } asked)
        {
            T result;
            try
            {
                result = run();
            }
            catch (Exception e)
            {
                result = failed(e);
            }

            asked.SetResult(result);
        }
    }

    /// <summary>Those who have asked since the last run began; null, and the end of the thread, where nobody has.</summary>
    private TaskCompletionSource<T>? Take()
    {
        lock (_gate)
        {
            TaskCompletionSource<T>? asked = _next;
            _next = null;
            _isRunning = asked is not null;
            return asked;
        }
    }
}
