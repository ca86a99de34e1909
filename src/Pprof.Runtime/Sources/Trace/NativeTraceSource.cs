using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Trace;

/// <summary>
/// NativeAOT: of the runtime's own events the process itself is told, but not on which thread they happened, and without a
/// stack. Collections need neither.
/// </summary>
internal sealed class NativeTraceSource(TraceQueue queue, TraceContent content) : TraceSource
{
    private const string WithoutEvents = "NativeAOT: the program has no event sources; set EventSourceSupport=true in its project and publish again to see the thread pool's work and collections";

    private CollectionListener? _listener;

    // Where they are switched off none is registered.
    private static bool HasEvents => EventSource.GetSources().Any(static source => source.Name == RuntimeProvider.Name);

    /// <inheritdoc/>
    public override bool IsLate => _listener is not null;

    /// <inheritdoc/>
    public override string? Failure =>
        !HasEvents ? WithoutEvents
        : (content & (TraceContent.Waits | TraceContent.Exceptions)) != 0 ? "NativeAOT: the runtime does not tell where threads wait, and what they throw"
        : null;

    /// <inheritdoc/>
    public override Task OpenAsync()
    {
        if (HasEvents && content.HasFlag(TraceContent.Collections))
        {
            _listener = new CollectionListener(queue);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync() => _listener?.FlushAsync() ?? Task.FromResult(true);

    /// <inheritdoc/>
    public override Task CloseAsync()
    {
        _listener?.Dispose();
        _listener = null;
        return Task.CompletedTask;
    }
}
