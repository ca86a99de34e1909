using System.Diagnostics;
using Pprof.Labels;
using Pprof.Process;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations;

/// <summary>
/// Allocations that are sampled on the thread that allocates: when they are, by what is set and asked for. A
/// <see cref="SamplingThread"/> begins and ends the sampling, reads the samples, and finds out which sampled objects are dead.
/// </summary>
internal abstract class SampledAllocationSource : AllocationSource, ISamplingWork
{
    private const string NoMemory = "the process had no memory to read the samples of allocations, which begin anew; give it more";

    // Labels of the moment of a sample are remembered for so many changes, of which a busy thread has some each millisecond.
    private static readonly TimeSpan s_windowPause = TimeSpan.FromMilliseconds(20);

    // From a failure to the next attempt: at least, where somebody asks, and otherwise twice as long each time, up to the last.
    private static readonly TimeSpan s_retryPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly LabelsAtTime _labels = new();
    private readonly AllocationSampling _sampling;
    private readonly SamplingThread _thread;
    private readonly AutoResetEvent _isAwake = new(false);
    private bool _isStarted;
    private bool _mayBegin = true;
    private int _windows;
    private volatile string? _failure;
    private long _failed;
    private TimeSpan _pause = s_retryPause;
    private volatile AllocationCoverage _coverage = new();

    /// <param name="sink">Gets the samples.</param>
    protected SampledAllocationSource(IAllocationSink sink)
    {
        _sampling = new AllocationSampling(sink, _labels);
        _thread = new SamplingThread("pprof heap", this);
        SamplesAlways.Changed += _thread.PassAsync;
        IsOff.Changed += _thread.PassAsync;
        Rate.Changed += _thread.PassAsync;
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
            long rate = Rate.IsOn ? Math.Max(FinestRate, Rate.Value) : 0;
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
                _ = _thread.PassAsync();
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

    bool ISamplingWork.NeedsThread => CanBegin;

    bool ISamplingWork.HasMore => _sampling.IsActive || _sampling.Handles != 0 || CanBegin;

    private bool CanBegin => IsWanted(begins: true) && UnsupportedReason is null;

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
            _ = _thread.PassAsync();
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

        return _thread.PassAsync();
    }

    /// <inheritdoc/>
    public override Task CloseAsync(AllocationWindow window)
    {
        lock (_gate)
        {
            _windows--;
            _labels.Follow(() => _windows > 0);
        }

        return _thread.PassAsync();
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync() => _thread.PassAsync().WithinAsync(s_patience);

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

    void ISamplingWork.Do(bool isAsked)
    {
        Follow(IsWanted(begins: !_sampling.IsActive), isAsked);
        if (_sampling.Turn() is { } reason)
        {
            Fail(reason);
            LifetimeRoutes.Want(this, false);
        }

        _sampling.Read(mustSweep: isAsked);
        _coverage = _sampling.Coverage;
    }

    bool ISamplingWork.HasAllUntil(long asked) => _sampling.HasAllUntil(asked);

    void ISamplingWork.Wait(Func<bool> isAsked)
    {
        if (!_sampling.IsActive && _sampling.Handles == 0)
        {
            if (_failure is not null && CanBegin && !isAsked())
            {
                _ = _isAwake.WaitOne(_pause);
            }

            return;
        }

        AllocationRing ring = Ring!;
        ring.AnnounceWait();
        if (isAsked())
        {
            return;
        }

        TimeSpan next = _sampling.UntilNext;
        ring.WaitForRecords(_labels.AreKept && next > s_windowPause ? s_windowPause : next);
    }

    void ISamplingWork.Wake()
    {
        Ring?.WakeReader();
        _isAwake.Set();
    }

    void ISamplingWork.Refuse() => Fail(OwnThreads.WhyNone("reads the samples of allocations"));

    bool ISamplingWork.GoesOnAfter(Exception e)
    {
        _sampling.Abort();
        LifetimeRoutes.Want(this, false);
        if (e is OutOfMemoryException)
        {
            // In a process that goes on it is of the moment, but what has come is in no order.
            Fail(NoMemory);
            _sampling.Forget();
            _coverage = _sampling.Coverage;
            return true;
        }

        GiveUp(e.Message);
        Fail(MismatchText(e.Message));
        return false;
    }

    /// <summary>Whether somebody wants samples; where they are to begin then, whether they may as well.</summary>
    private bool IsWanted(bool begins)
    {
        lock (_gate)
        {
            return (_windows > 0 || (_isStarted && SamplesAlways.IsOn)) && Rate.IsOn && !IsOff.IsOn && (!begins || _mayBegin);
        }
    }

    private void Follow(bool isWanted, bool isAsked)
    {
        if (isWanted && !_sampling.IsActive)
        {
            if (_failure is null || Stopwatch.GetElapsedTime(_failed) >= (isAsked ? s_retryPause : _pause))
            {
                BeginSampling();
            }
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
            _pause = _failure is null ? s_retryPause : _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
            Fail(reason);
            return;
        }

        _failure = null;
        _pause = s_retryPause;
        _sampling.Begin(Ring!, CreateRate, Rate.Value);
    }

    private void Fail(string reason)
    {
        _failure = reason;
        _failed = Stopwatch.GetTimestamp();
    }
}
