using System.Diagnostics;
using Pprof.Labels;
using Pprof.Process;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Waits;

/// <summary>
/// Waits that are recorded on the thread that waits, when they have ended. One thread of this package begins and ends the
/// recording, and reads what is recorded. It is there while waits are watched.
/// </summary>
internal abstract class SampledWaitSource : WaitSource
{
    private const string NoMemory = "the process had no memory to read the waits; give it more";

    // A rate that is taken away takes with it what has not been read.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly IWaitSink _contentions;
    private readonly IWaitSink _waits;
    private readonly LabelsAtTime _labels = new();
    private List<TaskCompletionSource> _waiting = [];
    private AllocationRing? _ring;
    private WaitThinning? _thinning;
    private RingDraining? _draining;
    private bool _isRunning;
    private bool _isChanging;
    private volatile Watched _watched;
    private volatile string? _failure;

    /// <param name="contentions">Gets the waits for contended locks.</param>
    /// <param name="waits">Gets all waits, these included.</param>
    protected SampledWaitSource(IWaitSink contentions, IWaitSink waits)
    {
        _contentions = contentions;
        _waits = waits;
        LifetimeRoutes.Changed += FollowRoutes;
    }

    /// <inheritdoc/>
    public sealed override string? Failure => UnsupportedReason ?? _failure;

    /// <inheritdoc/>
    public sealed override bool IsWatching => _watched != Watched.Nothing;

    /// <inheritdoc/>
    public sealed override int MaxThinning => _thinning?.Largest ?? 1;

    /// <inheritdoc/>
    public sealed override long Lost => _ring?.Lost ?? 0;

    /// <inheritdoc/>
    public sealed override long SamplesWithoutLabels => _labels.Missing;

    /// <summary>
    /// Called on this source's thread when it has turned out that waits cannot be watched here, before anybody who waits for it
    /// is told.
    /// </summary>
    public Action? Refused { get; set; }

    /// <summary>Whether somebody has taken the memory to write into.</summary>
    protected bool IsAttached => _ring is { IsAttached: true };

    private Watched Wanted => _waits.IsActive || Log is not null ? Watched.All : _contentions.IsActive ? Watched.Locks : Watched.Nothing;

    /// <inheritdoc/>
    public sealed override Task UpdateAsync()
    {
        lock (_gate)
        {
            Watched wanted = Wanted;
            FollowLabels();
            if (_isRunning ? _watched == wanted && !_isChanging : wanted == Watched.Nothing || UnsupportedReason is not null)
            {
                return Task.CompletedTask;
            }

            if (!_isRunning)
            {
                try
                {
                    OwnThreads.Start("pprof waits", Run);
                    _isRunning = true;
                }
                catch (Exception e) when (OwnThreads.IsLack(e))
                {
                    _failure = OwnThreads.WhyNone("reads the waits");
                    return Task.CompletedTask;
                }
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(reached);
            _ring?.WakeReader();
            return reached.Task;
        }
    }

    /// <inheritdoc/>
    public sealed override Task RetryAsync() => IsWatching ? Task.CompletedTask : UpdateAsync();

    /// <inheritdoc/>
    public sealed override Task<bool> FlushAsync()
    {
        _draining?.Drain();
        return Task.FromResult(true);
    }

    /// <summary>What to say where the runtime is other than this package knows it.</summary>
    protected static string MismatchText(string mismatch) =>
        $"the runtime is not as the profiles of waits expect it: {mismatch}; another release of .NET or of this package may help";

    /// <summary>Has waits recorded into a ring, and tests that they are. Null where that failed.</summary>
    protected abstract WaitReader? TryAttach(AllocationRing ring, WaitThinning thinning, LabelsAtTime labels, out string? reason);

    /// <summary>Has these recorded, and no others. Returns why that failed; null where it did not.</summary>
    protected abstract string? TryWatch(AllocationRing ring, Watched what);

    private void Run()
    {
        string? reason;
        try
        {
            reason = _draining is null ? MakeReady() : null;
            if (reason is null)
            {
                _failure = null;
                _draining!.DrainWhile(GoesOn);
                return;
            }
        }
        catch (OutOfMemoryException)
        {
            reason = NoMemory;
        }
        catch (Exception e)
        {
            // It may go well when the next one asks.
            reason = "the waits could not be read: " + e.Message;
        }

        End(reason);
    }

    /// <summary>Makes what is needed, once. Returns why that failed; null where it did not.</summary>
    private string? MakeReady()
    {
        _ring ??= AllocationRing.TryCreate();
        if (_ring is not { } ring)
        {
            return AllocationRing.NoMemory;
        }

        var thinning = new WaitThinning(ring, Stopwatch.GetTimestamp(), ring.Head);
        if (TryAttach(ring, thinning, _labels, out string? reason) is not { } reader)
        {
            return reason;
        }

        _thinning = thinning;
        _draining = new RingDraining(ring, reader, s_pause, () =>
        {
            thinning.Adapt(Stopwatch.GetTimestamp(), ring.Head);
            reader.Rest();
        });
        lock (_gate)
        {
            FollowLabels();
        }

        return null;
    }

    /// <summary>Follows what is wanted; false, and the thread is not there any more, where that is nothing.</summary>
    private bool GoesOn()
    {
        while (true)
        {
            Watched wanted;
            List<TaskCompletionSource> reached = [];
            lock (_gate)
            {
                wanted = Wanted;
                _isChanging = wanted != _watched;
                if (!_isChanging)
                {
                    (reached, _waiting) = (_waiting, reached);
                    _isRunning = wanted != Watched.Nothing;
                    FollowLabels();
                }
            }

            if (wanted == _watched)
            {
                reached.ForEach(static update => update.SetResult());
                return wanted != Watched.Nothing;
            }

            if (_watched == Watched.Nothing)
            {
                _thinning!.Restart(Stopwatch.GetTimestamp(), _ring!.Head);
            }

            // Without the gate: the runtime can let itself be waited for.
            if (TryWatch(_ring!, wanted) is { } reason)
            {
                throw new InvalidOperationException(reason);
            }

            _watched = wanted;
            if (wanted == Watched.Nothing)
            {
                // It is nothing of those who begin again.
                _draining!.Drain();
            }
        }
    }

    private void End(string? reason)
    {
        _failure = reason;
        if (_watched != Watched.Nothing || _isChanging)
        {
            _ = TryWatch(_ring!, Watched.Nothing);
        }

        if (UnsupportedReason is not null)
        {
            Refused?.Invoke();
        }

        List<TaskCompletionSource> reached = [];
        lock (_gate)
        {
            _watched = Watched.Nothing;
            (_isRunning, _isChanging) = (false, false);
            (reached, _waiting) = (_waiting, reached);
            FollowLabels();
        }

        reached.ForEach(static update => update.SetResult());
    }

    // With the gate held.
    private void FollowLabels()
    {
        // One that is refused is not asked again.
        _labels.Follow(() => UnsupportedReason is null && (_contentions.WantsAll || _waits.WantsAll));
        LifetimeRoutes.Want(this, _isRunning && (MutexFraction.IsOn || BlockRate.IsOn));
        if (_ring is { } ring)
        {
            ring.TellsThread = _labels.AreKept || Log is not null;
        }

        FollowRoutes();
    }

    private void FollowRoutes()
    {
        if (_ring is { } ring)
        {
            ring.TellsRoute = LifetimeRoutes.AreOn;
        }
    }
}
