using Pprof.Process;

namespace Pprof.Endpoints;

/// <summary>
/// The body of a response that takes a while to make and is the same for all who ask for it at a time: many who look at one
/// profile cost little more than one.
/// </summary>
/// <param name="make">Makes it, for as long as anybody wants it.</param>
internal sealed class SharedBody(Func<CancellationToken, Task<byte[]>> make)
{
    private readonly Lock _gate = new();
    private Batch? _next;
    private bool _isMaking;

    /// <summary>One whose making begins after this call, so that what happened before is in it.</summary>
    /// <exception cref="OperationCanceledException">The client hung up; others get theirs.</exception>
    public async Task<byte[]> GetAsync(CancellationToken cancellation)
    {
        Batch batch;
        bool begins;
        lock (_gate)
        {
            batch = _next ??= new Batch();
            batch.Waiting++;
            begins = !_isMaking;
            _isMaking = true;
        }

        if (begins)
        {
            _ = MakeAllAsync();
        }

        try
        {
            return await batch.Body.Task.OrCanceledAsync(cancellation);
        }
        finally
        {
            Leave(batch);
        }
    }

    private async Task MakeAllAsync()
    {
        while (Take() is { } batch)
        {
            try
            {
                batch.Unwanted.Token.ThrowIfCancellationRequested();
                batch.Body.SetResult(await make(batch.Unwanted.Token));
            }
            catch (Exception e)
            {
                batch.Body.SetException(e);

                // Nobody may be left to see it.
                _ = batch.Body.Task.Exception;
            }

            // Whose request this has run in so far has its answer, and does not make those of others.
            await Task.Yield();
        }
    }

    private Batch? Take()
    {
        lock (_gate)
        {
            Batch? batch = _next;
            _next = null;
            _isMaking = batch is not null;
            if (batch?.Waiting == 0)
            {
                batch.Unwanted.Cancel();
            }

            return batch;
        }
    }

    private void Leave(Batch batch)
    {
        lock (_gate)
        {
            // While it can still be joined somebody may come.
            if (--batch.Waiting > 0 || batch == _next)
            {
                return;
            }
        }

        batch.Unwanted.Cancel();
    }

    /// <summary>Those who share one.</summary>
    private sealed class Batch
    {
        public TaskCompletionSource<byte[]> Body { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenSource Unwanted { get; } = new();

        public int Waiting { get; set; }
    }
}
