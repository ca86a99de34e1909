using Pprof.Collectors.Waits;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Trace;

namespace Pprof.Collectors.Trace;

/// <summary>What the process does, moment by moment.</summary>
internal sealed class TraceProfileCollector : StreamProfileCollector
{
    // What waits to be written while the writer is behind.
    private const int MaxRuntimeBlocks = 96;
    private const int MaxApplicationBlocks = 32;

    private int _isBusy;

    internal override string? UnsupportedFormatReason(string format) => format == TraceFormat.Nettrace ? RecordedEvents.UnsupportedReason : null;

    internal override string ContentType(ProfileArguments arguments) => "application/octet-stream";

    internal override bool NamesRequests(ProfileArguments arguments) =>
        arguments.Format != TraceFormat.Nettrace && ((TraceContent)arguments["content"]).HasFlag(TraceContent.Requests);

    internal override string? Refuse(ProfileArguments arguments) =>
        EventProviders.TryRead(arguments.TextOf(EventProviders.Providers), arguments.TextOf(EventProviders.Keywords), out _, out string? refusal) ? null : refusal;

    internal override Task WriteAsync(StreamOutput output, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation) =>
        arguments.Format == TraceFormat.Nettrace
            ? WriteEventsAsync(output, stop => CollectionPeriod.WaitAsync(duration, stop), arguments, cancellation)
            : WriteAsync(output, stop => CollectionPeriod.WaitAsync(duration, stop), (TraceContent)arguments["content"], cancellation);

    /// <summary>The same for as long as <paramref name="period"/> takes.</summary>
    internal Task WriteAsync(
        StreamOutput output, Func<CancellationToken, Task> period, TraceContent content, CancellationToken cancellation) =>
        AloneAsync(() => TraceAsync(output, period, content, cancellation), cancellation);

    /// <summary>The runtime's own events.</summary>
    internal Task WriteEventsAsync(StreamOutput output, Func<CancellationToken, Task> period, ProfileArguments arguments, CancellationToken cancellation) =>
        EventProviders.TryRead(
            arguments.TextOf(EventProviders.Providers), arguments.TextOf(EventProviders.Keywords), out IReadOnlyList<EventProvider>? providers, out string? refusal)
            ? AloneAsync(() => EventStream.WriteAsync(output.Bytes, period, providers, cancellation), cancellation)
            : throw new ArgumentException(refusal, nameof(arguments));

    private async Task AloneAsync(Func<Task> write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Interlocked.CompareExchange(ref _isBusy, 1, 0) != 0)
        {
            throw new ProfilerBusyException("Could not enable tracing: runtime error: tracing is already enabled");
        }

        try
        {
            await write();
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private static async Task TraceAsync(
        StreamOutput output, Func<CancellationToken, Task> period, TraceContent content, CancellationToken cancellation)
    {
        var runtime = new TraceQueue(MaxRuntimeBlocks);
        var application = new TraceQueue(MaxApplicationBlocks, TraceMomentKind.LostOthers);
        var pipe = new TracePipe();
        var source = TraceSource.Create(runtime, content, static () => ProcessWaits.Source);
        var sampling = new TraceSampling();
        bool listens = (content & (TraceContent.Work | TraceContent.Async)) != 0;
        using WorkStacks? stacks = listens ? WorkStacks.TryCreate() : null;
        Task open = source.OpenAsync();
        try
        {
            SampleLog? samples = content.HasFlag(TraceContent.Samples) ? new SampleLog() : null;
            if (samples is not null)
            {
                await sampling.StartAsync(samples, cancellation);
            }

            await open.OrCanceledAsync(cancellation);
            using WorkLog? work = listens ? new WorkLog(stacks) : null;
            var inputs = new TraceInputs(runtime, application)
            {
                RuntimeIsLate = source.IsLate,
                Work = work,
                Waits = source.Waits,
                Collections = source.Collections,
                Samples = samples,
                HasWork = content.HasFlag(TraceContent.Work),
                Thinning = content.HasFlag(TraceContent.Requests) ? ApplicationTrace.NewThinning() : null,
                HasCompilation = content.HasFlag(TraceContent.Compilation),
            };
            var writer = new TraceWriter(inputs, pipe, output.NewTrace);
            using WorkListener? listener = work is null ? null : new WorkListener(work, content);
            using var said = new ApplicationTrace(application, inputs.Thinning);
            string? failure = source.Failure;
            if (failure is not null)
            {
                Say("not all is here: " + failure);
            }

            if (sampling.Failure is { } unsampled)
            {
                Say("no samples of CPU time: " + unsampled);
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
                listener?.Dispose();
                foreach (string gap in await sampling.StopAsync())
                {
                    Say(gap);
                }

                bool isWhole = await source.FlushAsync();
                if (source.Failure is { } later && later != failure)
                {
                    Say("the runtime's events ended early: " + later);
                }
                else if (!isWhole)
                {
                    Say("the runtime's events of the last moments had not come");
                }

                foreach (string gap in source.Gaps)
                {
                    Say(gap);
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
            await sampling.StopAsync();
            await source.CloseAsync();
        }
    }
}
