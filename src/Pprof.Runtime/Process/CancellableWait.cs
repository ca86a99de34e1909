namespace Pprof.Process;

/// <summary>
/// What <c>Task.WaitAsync</c> does, without a thread of the application's thread pool where the caller has a context: that
/// of the runtime hands a task that may not complete its continuations itself to the pool.
/// </summary>
internal static class CancellableWait
{
    /// <summary>The result of <paramref name="task"/>, which nobody waits for any more once it is cancelled.</summary>
    /// <exception cref="OperationCanceledException">It is cancelled before.</exception>
    public static async Task<T> OrCanceledAsync<T>(this Task<T> task, CancellationToken cancellation)
    {
        await ((Task)task).OrCanceledAsync(cancellation);
        return await task;
    }

    /// <inheritdoc cref="OrCanceledAsync{T}(Task{T}, CancellationToken)"/>
    public static async Task OrCanceledAsync(this Task task, CancellationToken cancellation)
    {
        if (!task.IsCompleted && cancellation.CanBeCanceled)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = FollowAsync(task, first);
            using (cancellation.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), first))
            {
                await first.Task;
            }
        }

        await task;
    }

    /// <summary>
    /// Whether <paramref name="task"/> has completed within <paramref name="patience"/>; where the process can have no thread that
    /// tells the time, whenever that is.
    /// </summary>
    /// <exception cref="OperationCanceledException">It is cancelled before.</exception>
    public static async Task<bool> WithinAsync(this Task task, TimeSpan patience, CancellationToken cancellation = default)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task limit = CancelAfterAsync(over, patience);
        try
        {
            await task.OrCanceledAsync(over.Token);
            return true;
        }
        catch (OperationCanceledException) when (!task.IsCanceled && !cancellation.IsCancellationRequested)
        {
            // It may have completed just after the patience was over.
            bool completed = task.IsCompleted;
            if (completed)
            {
                await task;
            }

            return completed;
        }
        finally
        {
            over.Cancel();
            await limit;
        }
    }

    private static async Task CancelAfterAsync(CancellationTokenSource over, TimeSpan patience)
    {
        try
        {
            if (await OwnClock.TryDelayAsync(patience, over.Token))
            {
                over.Cancel();
            }
        }
        catch (IOException)
        {
            // Nobody tells the time.
        }
    }

    private static async Task FollowAsync(Task task, TaskCompletionSource first)
    {
        try
        {
            await task;
        }
        catch (Exception)
        {
            // Who waits for the task sees it there.
        }

        first.TrySetResult();
    }
}
