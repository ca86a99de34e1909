using Pprof.Process;
using Pprof.Sources.Trace;

namespace Pprof.Collectors.Trace;

/// <summary>What the process does, moment by moment.</summary>
internal sealed class TraceProfileCollector : StreamProfileCollector
{
    // What waits to be written while the writer is behind.
    private const int MaxRuntimeBlocks = 96;
    private const int MaxApplicationBlocks = 32;

    private int _isBusy;

    internal override string ContentType(ProfileArguments arguments) => "application/octet-stream";

    internal override Task WriteAsync(StreamOutput output, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation) =>
        WriteAsync(output, stop => CollectionPeriod.WaitAsync(duration, stop), cancellation);

    /// <summary>The same for as long as <paramref name="period"/> takes.</summary>
    internal async Task WriteAsync(StreamOutput output, Func<CancellationToken, Task> period, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Interlocked.CompareExchange(ref _isBusy, 1, 0) != 0)
        {
            throw new ProfilerBusyException("Could not enable tracing: runtime error: tracing is already enabled");
        }

        try
        {
            await TraceAsync(output, period, cancellation);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private static async Task TraceAsync(StreamOutput output, Func<CancellationToken, Task> period, CancellationToken cancellation)
    {
        var runtime = new TraceQueue(MaxRuntimeBlocks);
        var application = new TraceQueue(MaxApplicationBlocks);
        var pipe = new TracePipe();
        var source = TraceSource.Create(runtime);
        Task open = source.OpenAsync();
        try
        {
            await open.OrCanceledAsync(cancellation);
            var writer = new TraceWriter(runtime, application, pipe, output.NewTrace);
            using var said = new ApplicationTrace(application);
            string? failure = source.Failure;
            if (failure is not null)
            {
                Say("not all is here: " + failure);
            }

            writer.Start();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task sent = SendAsync();
            try
            {
                try
                {
                    await period(over.Token);
                }
                catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
                {
                    // There is nothing to wait for where nothing can be written any more.
                    await sent;
                }

                said.Dispose();
                bool isWhole = await source.FlushAsync();
                if (source.Failure is { } later && later != failure)
                {
                    Say("the runtime's events ended early: " + later);
                }
                else if (!isWhole)
                {
                    Say("the runtime's events of the last moments had not come");
                }

                writer.Stop();
                await sent;
            }
            finally
            {
                // Where the client is gone, nobody writes for it any more.
                pipe.Cancel();
                writer.Stop();
                await writer.Ended;
                await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }

            void Say(string text) => said.Add(TraceMomentKind.Log, 0, text: "pprof", detail: text);

            async Task SendAsync()
            {
                try
                {
                    await pipe.CopyToAsync(output.Bytes, cancellation);
                }
                finally
                {
                    over.Cancel();
                }
            }
        }
        finally
        {
            await source.CloseAsync();
        }
    }
}
