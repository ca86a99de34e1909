using System.Runtime.InteropServices;
using Pprof.Labels;
using Pprof.Process;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Waits.Linked;

/// <summary>
/// NativeAOT on Linux: the program was linked with hooks in what every managed thread waits by. One thread of this package
/// reads what they record, and is there while waits are watched.
/// </summary>
internal sealed class LinkedWaitSource : WaitSource
{
    // The releases of the runtime whose waiting waits.c has been tried with.
    private const int OldestRuntime = 9;
    private const int NewestRuntime = 10;

    // A rate that is taken away takes with it what has not been read.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly IWaitSink _contentions;
    private readonly IWaitSink _waits;
    private readonly LabelsAtTime _labels = new();
    private AllocationRing? _ring;
    private WaitThinning? _thinning;
    private RingDraining? _draining;
    private TaskCompletionSource? _beginning;
    private volatile bool _isWatching;
    private volatile string? _failure;
    private volatile string? _mismatch;

    public LinkedWaitSource(IWaitSink contentions, IWaitSink waits)
    {
        _contentions = contentions;
        _waits = waits;
        MutexFraction.Changed += UpdateAsync;
        BlockRate.Changed += UpdateAsync;
        LifetimeRoutes.Changed += FollowRoutes;
    }

    public override string? UnsupportedReason =>
        !OperatingSystem.IsLinux() ? "NativeAOT: the runtime does not tell where threads wait; on Linux hooks of this package do"
        : Environment.Version.Major is < OldestRuntime or > NewestRuntime ? $"NativeAOT: where threads wait is known on .NET {OldestRuntime} and {NewestRuntime}, and this program was published for .NET {Environment.Version.Major}"
        : RuntimeInformation.ProcessArchitecture is not Architecture.X64 ? $"NativeAOT: where threads wait is known on x64 yet, and this process is {RuntimeInformation.ProcessArchitecture}"
        : LinkedWaitHooks.Instance is null
            ? "NativeAOT: this program was linked without the wait hooks of this package; its publish says why: "
                + "PprofNativeHooks is false, or its compiler and linker did not take them"
        : _mismatch is { } mismatch ? $"the runtime is not as the profiles of waits expect it: {mismatch}; another release of .NET or of this package may help"
        : null;

    public override string? Failure => UnsupportedReason ?? _failure;

    public override bool IsWatching => _isWatching;

    public override int MaxWeight => 1;

    public override int MaxThinning => _thinning?.Largest ?? 1;

    public override string Description => "hooks that were linked into the runtime's waiting";

    public override long Lost
    {
        get
        {
            long lost = 0;
            if (_ring is { } ring)
            {
                foreach (long count in ring.LostObjects)
                {
                    lost += count;
                }
            }

            return lost;
        }
    }

    public override long SamplesWithoutLabels => _labels.Missing;

    private Watched Wanted => _waits.IsActive || Log is not null ? Watched.All : _contentions.IsActive ? Watched.Locks : Watched.Nothing;

    public override Task UpdateAsync()
    {
        lock (_gate)
        {
            Watched wanted = Wanted;
            FollowLabels();
            if (_isWatching)
            {
                LinkedWaitHooks.Instance!.Watch(wanted);
            }

            if (_beginning is { } beginning)
            {
                // The thread looks again when it is woken.
                _ring?.WakeReader();
                return wanted == Watched.Nothing ? Task.CompletedTask : beginning.Task;
            }

            if (wanted == Watched.Nothing || UnsupportedReason is not null)
            {
                return Task.CompletedTask;
            }

            try
            {
                _beginning = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _failure = null;
                OwnThreads.Start("pprof waits", Run);
                return _beginning.Task;
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                _beginning = null;
                _failure = "the system has no thread that could read the waits";
                return Task.CompletedTask;
            }
        }
    }

    public override Task RetryAsync() => _isWatching ? Task.CompletedTask : UpdateAsync();

    public override Task<bool> FlushAsync()
    {
        _draining?.Drain();
        return Task.FromResult(true);
    }

    public override WaitClassifier NewClassifier() => LinkedWaitReader.NewClassifier();

    private void Run()
    {
        TaskCompletionSource beginning = _beginning!;
        try
        {
            if (_draining is null && MakeReady() is { } reason)
            {
                _failure = reason;
                return;
            }

            lock (_gate)
            {
                _isWatching = true;
                FollowLabels();
                LinkedWaitHooks.Instance!.Watch(Wanted);
            }

            beginning.SetResult();
            _draining!.DrainWhile(GoesOn);
        }
        catch (Exception e)
        {
            // What fails for want of memory, say, may go well when the next one asks.
            _failure = "the waits could not be read: " + e.Message;
        }
        finally
        {
            lock (_gate)
            {
                if (_beginning == beginning)
                {
                    Stop();
                }
            }

            beginning.TrySetResult();
        }
    }

    // With the gate held.
    private void FollowLabels()
    {
        _labels.Follow(() => _contentions.WantsAll || _waits.WantsAll);
        LifetimeRoutes.Want(this, _isWatching && (MutexFraction.IsOn || BlockRate.IsOn));
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

    private bool GoesOn()
    {
        lock (_gate)
        {
            if (Wanted != Watched.Nothing)
            {
                return true;
            }

            Stop();
            return false;
        }
    }

    // With the gate held. Who wants something from now on begins again.
    private void Stop()
    {
        LinkedWaitHooks.Instance!.Watch(Watched.Nothing);
        _isWatching = false;
        _beginning = null;
    }

    /// <summary>Makes what is needed and tests it, once. Returns why that failed; null where it did not.</summary>
    private string? MakeReady()
    {
        LinkedWaitHooks hooks = LinkedWaitHooks.Instance!;
        if (hooks.Missing is { } symbol)
        {
            return _mismatch = $"it has no {symbol}";
        }

        _ring ??= AllocationRing.TryCreate();
        if (_ring is null)
        {
            return AllocationRing.NoMemory;
        }

        if (!_ring.IsAttached)
        {
            hooks.Attach(_ring);
        }

        _thinning = new WaitThinning(_ring);
        var reader = new LinkedWaitReader(_contentions, _waits, hooks, _thinning, _labels, () => Log);
        if (new LinkedWaitSelfTest(_ring, hooks, reader).Run() is { } mismatch)
        {
            return _mismatch = mismatch;
        }

        _draining = new RingDraining(_ring, reader, s_pause, _thinning.Adapt);
        return null;
    }
}
