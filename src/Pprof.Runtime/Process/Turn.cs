namespace Pprof.Process;

/// <summary>
/// What only one at a time may do. To wait for it needs no thread of the application's thread pool, where the caller has a
/// context: the semaphore's own waiting with a token does.
/// </summary>
internal sealed class Turn
{
    private readonly SemaphoreSlim _free = new(1);

    /// <summary>Completes when it is this one's turn, until <see cref="Leave"/>.</summary>
    /// <exception cref="OperationCanceledException">It is not waited for any more.</exception>
    public async Task EnterAsync(CancellationToken cancellation)
    {
        Task turn = _free.WaitAsync(CancellationToken.None);
        try
        {
            await turn.OrCanceledAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            _ = PassAsync(turn);
            throw;
        }
    }

    /// <summary>The next one may begin.</summary>
    public void Leave() => _free.Release();

    private async Task PassAsync(Task turn)
    {
        await turn;
        _free.Release();
    }
}
