using System.Diagnostics;
using Pprof.Labels;
using Pprof.Process;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations;

/// <summary>
/// Allocations that are sampled on the thread that allocates. One thread of this package begins and ends the sampling,
/// reads the samples, and finds out which sampled objects are dead. It is there while there is something to do.
/// </summary>
internal abstract class SampledAllocationSource : AllocationSource
{
    // A service that has just started has its first requests to answer. Who asks for a profile does not wait for this.
    private static readonly TimeSpan s_startPause = TimeSpan.FromSeconds(2);

    // Labels of the moment of a sample are remembered for so many changes, of which a busy thread has some each millisecond.
    private static readonly TimeSpan s_windowPause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan s_retryPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly LabelsAtTime _labels = new();
    private readonly AllocationSampling _sampling;
    private readonly List<Pass> _waiting = [];
    private bool _isStarted;
    private bool _isRunning;
    private bool _mayBegin = true;
    private int _windows;
    private volatile string? _failure;
    private long _failed;
    private volatile AllocationCoverage _coverage = new();

    /// <param name="sink">Gets the samples.</param>
    protected SampledAllocationSource(IAllocationSink sink)
    {
        _sampling = new AllocationSampling(sink, _labels);
        SamplesAlways.Changed += PassAsync;
        IsOff.Changed += PassAsync;
        Rate.Changed += PassAsync;
    }

    /// <inheritdoc/>
    public sealed override string? UnsupportedReason => OffReason ?? PlatformReason;

    /// <inheritdoc/>
    public override string? Failure => _failure;

    /// <inheritdoc/>
    public override AllocationCoverage Coverage
    {
        get
        {
            // What is asked for holds before the thread has heard of it, or where there has never been one.
            AllocationCoverage coverage = _coverage;
            long rate = Math.Max(FinestRate, Rate.Value);
            return coverage with
            {
                Rate = rate,
                ThinnedRate = coverage.ThinnedRate > rate ? coverage.ThinnedRate : 0,
                IsOnDemand = !SamplesAlways.IsOn,
                SharedNames = PassingMethod.SharedNames,
            };
        }
    }

    /// <inheritdoc/>
    public override bool MayBegin
    {
        get
        {
            lock (_gate)
            {
                return _mayBegin;
            }
        }

        set
        {
            lock (_gate)
            {
                if (_mayBegin == value)
                {
                    return;
                }

                _mayBegin = value;
            }

            if (value)
            {
                _ = PassAsync();
            }
        }
    }

    /// <summary>The weak handles that are held.</summary>
    internal int Handles => _sampling.Handles;

    /// <summary>Why allocations cannot be sampled here, and what would help; null where they can.</summary>
    protected abstract string? PlatformReason { get; }

    /// <summary>The smallest rate that can be had, in bytes.</summary>
    protected abstract long FinestRate { get; }

    /// <summary>Where the samples are; null before the first.</summary>
    protected abstract AllocationRing? Ring { get; }

    private bool IsWanted => (_windows > 0 || (_isStarted && SamplesAlways.IsOn)) && Rate.IsOn && !IsOff.IsOn;

    /// <inheritdoc/>
    public override void Start()
    {
        lock (_gate)
        {
            // Each profile that is made of the samples starts them.
            if (_isStarted)
            {
                return;
            }

            _isStarted = true;
        }

        if (SamplesAlways.IsOn)
        {
            Prepare();
            PassLater();
        }
    }

    /// <inheritdoc/>
    public override Task OpenAsync(AllocationWindow window)
    {
        lock (_gate)
        {
            _windows++;
            _labels.Follow(() => _windows > 0);
        }

        return PassAsync();
    }

    /// <inheritdoc/>
    public override Task CloseAsync(AllocationWindow window)
    {
        lock (_gate)
        {
            _windows--;
            _labels.Follow(() => _windows > 0);
        }

        return PassAsync();
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync() => PassAsync().WithinAsync(s_patience);

    /// <summary>What to say where the runtime is other than this package knows it.</summary>
    protected static string MismatchText(string mismatch) =>
        $"the runtime is not as the memory profiles expect it: {mismatch}; another release of .NET or of this package may help";

    /// <summary>Samples will be wanted always.</summary>
    protected virtual void Prepare()
    {
    }

    /// <summary>Begins the sampling, which has been tested then. Returns why it did not begin; null where it did.</summary>
    protected abstract string? Begin();

    /// <summary>How what is sampled is chosen, and what it stands for.</summary>
    protected abstract SamplingRate CreateRate();

    /// <summary>What was read was nothing that there can be: nothing is sampled any more in this process.</summary>
    protected abstract void GiveUp(string mismatch);

    // A thread that sleeps costs less at the start than a clock and who hears it, and needs no pool, which the program may have taken.
    private void PassLater()
    {
        try
        {
            OwnThreads.Start("pprof start", () =>
            {
                Thread.Sleep(s_startPause);
                _ = PassAsync();
            });
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // Who asks for a profile, or changes a rate, begins the sampling.
        }
    }

    /// <summary>Completes when the thread has done, from the beginning, everything that there is to do now.</summary>
    private Task PassAsync()
    {
        var pass = new Pass();
        lock (_gate)
        {
            if (!_isRunning && (!IsWanted || !_mayBegin || UnsupportedReason is not null || (_failure is not null && Stopwatch.GetElapsedTime(_failed) < s_retryPause)))
            {
                return Task.CompletedTask;
            }

            _waiting.Add(pass);
            if (!_isRunning)
            {
                try
                {
                    OwnThreads.Start("pprof heap", Run);
                    _isRunning = true;
                }
                catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
                {
                    Fail("the system has no thread that could read the samples of allocations");
                    _waiting.Remove(pass);
                    return Task.CompletedTask;
                }
            }
        }

        Ring?.WakeReader();
        return pass.Task;
    }

    private void Run()
    {
        List<Pass> passes = [];
        try
        {
            while (TryTakePasses(passes, out bool isWanted))
            {
                Follow(isWanted);
                if (_sampling.Turn() is { } reason)
                {
                    Fail(reason);
                    LifetimeRoutes.Want(this, false);
                }

                _sampling.Read(mustSweep: passes.Count > 0);
                _coverage = _sampling.Coverage;

                // Who asks waits for the end of a slice of the time, which begins now, where allocations are sampled in slices.
                if (passes.Count > 0)
                {
                    passes.RemoveAll(pass => _sampling.HasAllUntil(pass.Asked) && pass.TrySetResult());
                }

                Wait();
            }

            return;
        }
        catch (Exception e)
        {
            // Nothing is known that could be. The application goes on without these profiles.
            GiveUp(e.Message);
            Fail(MismatchText(e.Message));
            _sampling.Abort();
            LifetimeRoutes.Want(this, false);
        }

        // Not where the thread ended by itself: another may be running by now, for passes that are asked of it.
        lock (_gate)
        {
            _isRunning = false;
            passes.AddRange(_waiting);
            _waiting.Clear();
        }

        passes.ForEach(static pass => pass.TrySetResult());
    }

    /// <summary>Adds what waits for a pass; false, and nobody can ask for one any more, where there is nothing to do.</summary>
    private bool TryTakePasses(List<Pass> passes, out bool isWanted)
    {
        lock (_gate)
        {
            isWanted = IsWanted && (_mayBegin || _sampling.IsActive);
            if (passes.Count == 0 && _waiting.Count == 0 && !_sampling.IsActive && _sampling.Handles == 0 && (!isWanted || _failure is not null))
            {
                _isRunning = false;
                return false;
            }

            passes.AddRange(_waiting);
            _waiting.Clear();
            return true;
        }
    }

    private void Follow(bool isWanted)
    {
        if (isWanted && !_sampling.IsActive)
        {
            BeginSampling();
        }
        else if (!isWanted && _sampling.IsActive)
        {
            _sampling.End(forget: !SamplesAlways.IsOn || IsOff.IsOn);
        }

        LifetimeRoutes.Want(this, _sampling.IsActive && SamplesAlways.IsOn);

        if (Ring is { } ring)
        {
            ring.TellsThread = _labels.AreKept;
            ring.TellsRoute = LifetimeRoutes.AreOn;
        }

        _sampling.SetRate(Rate.Value);
    }

    private void BeginSampling()
    {
        if (Begin() is { } reason)
        {
            Fail(reason);
            return;
        }

        _failure = null;
        _sampling.Begin(Ring!, CreateRate, Rate.Value);
    }

    private void Wait()
    {
        if (Ring is not { } ring)
        {
            return;
        }

        ring.AnnounceWait();
        lock (_gate)
        {
            if (_waiting.Count > 0 || (!_sampling.IsActive && _sampling.Handles == 0))
            {
                return;
            }
        }

        TimeSpan next = _sampling.UntilNext;
        ring.WaitForRecords(_labels.AreKept && next > s_windowPause ? s_windowPause : next);
    }

    private void Fail(string reason)
    {
        _failure = reason;
        _failed = Stopwatch.GetTimestamp();
    }

    /// <summary>Completes when the thread has done what there was to do when it was asked for.</summary>
    private sealed class Pass() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        /// <summary>When it was asked for: a timestamp of <see cref="Stopwatch"/>.</summary>
        public long Asked { get; } = Stopwatch.GetTimestamp();
    }
}
