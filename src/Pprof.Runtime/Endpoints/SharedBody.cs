using Pprof.Process;

namespace Pprof.Endpoints;

/// <summary>
/// The body of a response that takes a while to make and is the same for all who ask for it at a time: many who look at one
/// profile cost little more than one.
/// </summary>
internal sealed class SharedBody(Func<Task<byte[]>> make)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<byte[]>? _next;
    private bool _isMaking;

    /// <summary>One whose making begins after this call, so that what happened before is in it.</summary>
    /// <exception cref="OperationCanceledException">The client hung up; others get theirs.</exception>
    public Task<byte[]> GetAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<byte[]> asked;
        bool begins;
        lock (_gate)
        {
            asked = _next ??= new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            begins = !_isMaking;
            _isMaking = true;
        }

        if (begins)
        {
            _ = MakeAllAsync();
        }

        return asked.Task.OrCanceledAsync(cancellation);
    }

    private async Task MakeAllAsync()
    {
        while (Take() is { } asked)
        {
            try
            {
                asked.SetResult(await make());
            }
            catch (Exception e)
            {
                asked.SetException(e);

                // Nobody may be left to see it.
                _ = asked.Task.Exception;
            }

            // Whose request this has run in so far has its answer, and does not make those of others.
            await Task.Yield();
        }
    }

    private TaskCompletionSource<byte[]>? Take()
    {
        lock (_gate)
        {
            TaskCompletionSource<byte[]>? asked = _next;
            _next = null;
            _isMaking = asked is not null;
            return asked;
        }
    }
}
