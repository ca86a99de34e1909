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

    internal override async Task WriteAsync(StreamOutput output, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Interlocked.CompareExchange(ref _isBusy, 1, 0) != 0)
        {
            throw new ProfilerBusyException("Could not enable tracing: runtime error: tracing is already enabled");
        }

        try
        {
            await TraceAsync(output, duration, cancellation);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private static async Task TraceAsync(StreamOutput output, TimeSpan duration, CancellationToken cancellation)
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
            if (source.Failure is { } reason)
            {
                said.Add(TraceMomentKind.Log, 0, text: "pprof", detail: "not all is here: " + reason);
            }

            writer.Start();
            Task sent = pipe.CopyToAsync(output.Bytes, cancellation);
            try
            {
                await CollectionPeriod.WaitAsync(duration, cancellation);
                said.Dispose();
                await source.FlushAsync();
                writer.Stop();
                await sent;
            }
            finally
            {
                // Where the client is gone, nobody writes for it any more.
                pipe.Cancel();
                writer.Stop();
                await writer.Ended;
            }
        }
        finally
        {
            await source.CloseAsync();
        }
    }
}
