using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Waits;

namespace Pprof.Sources.Trace;

/// <summary>
/// NativeAOT: of the runtime's own events the process itself is told, but not on which thread they happened, and without a
/// stack. Collections need neither. Waits are those of the hooks that were linked into the program.
/// </summary>
/// <param name="queue">Gets collections.</param>
/// <param name="content">What is wanted.</param>
/// <param name="waits">Who sees threads wait; null where that is not wanted.</param>
internal sealed class NativeTraceSource(TraceQueue queue, TraceContent content, WaitSource? waits) : TraceSource
{
    private const string WithoutEvents = "NativeAOT: the program has no event sources; set EventSourceSupport=true in its project and publish again to see the thread pool's work and collections";
    private const string WithoutExceptions = "NativeAOT: the runtime does not tell what is thrown";

    private CollectionListener? _listener;
    private WaitLog? _waits;
    private long _lostBefore;

    /// <inheritdoc/>
    public override bool IsLate => _listener is not null || _waits is not null;

    /// <inheritdoc/>
    public override WaitLog? Waits => _waits;

    /// <inheritdoc/>
    public override string? Failure
    {
        get
        {
            string?[] reasons =
            [
                !HasEvents ? WithoutEvents : null,
                content.HasFlag(TraceContent.Exceptions) ? WithoutExceptions : null,
                waits?.Failure,
            ];
            string text = string.Join("; ", reasons.Where(static reason => reason is not null));
            return text.Length == 0 ? null : text;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Gaps
    {
        get
        {
            if (_waits is null || waits is null)
            {
                yield break;
            }

            if (_waits.Lost + waits.Lost - _lostBefore is > 0 and var lost)
            {
                yield return $"{lost} waits are missing";
            }

            if (waits.MaxThinning > 1)
            {
                yield return $"of short waits one in up to {waits.MaxThinning} is there";
            }
        }
    }

    // Where they are switched off none is registered.
    private static bool HasEvents => EventSource.GetSources().Any(static source => source.Name == RuntimeProvider.Name);

    /// <inheritdoc/>
    public override Task OpenAsync()
    {
        if (HasEvents && content.HasFlag(TraceContent.Collections))
        {
            _listener = new CollectionListener(queue);
        }

        if (waits is not { UnsupportedReason: null })
        {
            return Task.CompletedTask;
        }

        _lostBefore = waits.Lost;
        waits.Log = _waits = new WaitLog();
        return waits.UpdateAsync();
    }

    /// <inheritdoc/>
    public override async Task<bool> FlushAsync()
    {
        bool isWhole = waits is null || await waits.FlushAsync();
        return (_listener is null || await _listener.FlushAsync()) && isWhole;
    }

    /// <inheritdoc/>
    public override Task CloseAsync()
    {
        _listener?.Dispose();
        _listener = null;
        if (waits is null)
        {
            return Task.CompletedTask;
        }

        waits.Log = null;
        return waits.UpdateAsync();
    }
}
