using Pprof.Process;
using Pprof.Sources.EventPipe;

namespace Pprof.Collectors.Trace;

/// <summary>The runtime's own stream of events, sent as it comes.</summary>
internal static class EventStream
{
    // At the end the runtime tells all methods, and answers nobody else until that is sent.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Writes it for as long as <paramref name="period"/> takes, then what names its methods.</summary>
    /// <exception cref="ProfileUnavailableException">The runtime gives none.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    public static async Task WriteAsync(
        Stream output, Func<CancellationToken, Task> period, IReadOnlyList<EventProvider> providers, CancellationToken cancellation)
    {
        if (RecordedEvents.UnsupportedReason is { } reason)
        {
            throw new ProfileUnavailableException(reason);
        }

        var pipe = new TracePipe();
        var events = RecordedEvents.Start(providers, pipe.Write, failure => Complete(pipe, failure));
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task sent = Task.CompletedTask;
        try
        {
            await OpenedAsync(events, cancellation);
            sent = SendAsync();
            try
            {
                await period(over.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // There is nothing to wait for where nothing comes any more.
                await sent;
            }

            events.Stop();
            await InTimeAsync(sent, broken.Token);
        }
        finally
        {
            // Where the client is gone, nobody reads for it any more.
            broken.Cancel();
            pipe.Cancel();
            events.Abandon();
            await events.Ended;
            await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        async Task SendAsync()
        {
            try
            {
                await pipe.CopyToAsync(output, broken.Token);
            }
            finally
            {
                over.Cancel();
            }
        }
    }

    private static void Complete(TracePipe pipe, Exception? failure)
    {
        if (failure is null)
        {
            pipe.Complete();
        }
        else
        {
            pipe.Fail(failure);
        }
    }

    private static async Task OpenedAsync(RecordedEvents events, CancellationToken cancellation)
    {
        try
        {
            await events.Opened.OrCanceledAsync(cancellation);
        }
        catch (IOException e)
        {
            throw new ProfileUnavailableException("the runtime gives no events: " + e.Message, e);
        }
    }

    private static async Task InTimeAsync(Task sent, CancellationToken cancellation)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task patience = OwnClock.DelayAsync(s_patience, done.Token);
        bool isInTime = await Task.WhenAny(sent, patience) == sent || cancellation.IsCancellationRequested;
        done.Cancel();
        await patience.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!isInTime)
        {
            throw new TimeoutException($"the client has not taken the end of the events within {s_patience.TotalSeconds} seconds");
        }

        await sent;
    }
}
