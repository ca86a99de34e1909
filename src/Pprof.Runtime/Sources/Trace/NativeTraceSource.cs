using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Waits;

namespace Pprof.Sources.Trace;

/// <summary>
/// NativeAOT: collections and waits are those of the hooks that were linked into the program. The runtime's own events are not
/// asked for, whose session it ends under threads that are writing into it.
/// </summary>
/// <param name="content">What is wanted.</param>
/// <param name="waits">Who sees threads wait; null where that is not wanted.</param>
internal sealed class NativeTraceSource(TraceContent content, WaitSource? waits) : TraceSource
{
    private const string WithoutEvents = "NativeAOT: the program has no event sources; set EventSourceSupport=true in its project and publish again to see the thread pool's work";
    private const string WithoutExceptions = "NativeAOT: the runtime does not tell what is thrown";

    private LinkedCollectionLog? _collections;
    private WaitLog? _waits;
    private long _lostBefore;

    /// <inheritdoc/>
    public override bool IsLate => _waits is not null;

    /// <inheritdoc/>
    public override WaitLog? Waits => _waits;

    /// <inheritdoc/>
    public override LinkedCollectionLog? Collections => _collections;

    /// <inheritdoc/>
    public override string? Failure
    {
        get
        {
            string?[] reasons =
            [
                !HasEvents && content.HasFlag(TraceContent.Work) ? WithoutEvents : null,
                content.HasFlag(TraceContent.Collections) ? LinkedCollectionLog.UnsupportedReason : null,
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
            if (_collections?.Overwritten is > 0 and var overwritten)
            {
                yield return $"{overwritten} beginnings and ends of collections and stops are missing";
            }

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
        if (content.HasFlag(TraceContent.Collections))
        {
            _collections = LinkedCollectionLog.TryStart();
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
    public override Task<bool> FlushAsync() => waits?.FlushAsync() ?? Task.FromResult(true);

    /// <inheritdoc/>
    public override Task CloseAsync()
    {
        if (_collections is not null)
        {
            LinkedCollectionLog.Stop();
        }

        if (waits is null)
        {
            return Task.CompletedTask;
        }

        waits.Log = null;
        return waits.UpdateAsync();
    }
}
