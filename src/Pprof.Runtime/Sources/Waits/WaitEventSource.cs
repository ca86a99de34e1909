using System.Diagnostics;
using System.Diagnostics.Tracing;
using Pprof.Labels;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Waits.Callback;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Waits;

/// <summary>CoreCLR: the runtime's events of waits.</summary>
internal sealed class WaitEventSource : WaitSource
{
    private static readonly EventRequest s_contentionEvents = EventRequest.Runtime(
        RuntimeProvider.ContentionKeyword, EventLevel.Informational, RuntimeProvider.ContentionStart, RuntimeProvider.ContentionStop);

    private static readonly EventRequest s_waitEvents = EventRequest.Runtime(
        RuntimeProvider.ContentionKeyword | RuntimeProvider.WaitHandleKeyword,
        EventLevel.Verbose,
        RuntimeProvider.ContentionStart,
        RuntimeProvider.ContentionStop,
        RuntimeProvider.WaitHandleWaitStart,
        RuntimeProvider.WaitHandleWaitStop);

    private readonly IWaitSink _contentions;
    private readonly IWaitSink _waits;
    private readonly LabelsAtTime _labels = new();
    private readonly WaitPairing _pairing;
    private readonly EventWatch _watch;
    private bool _seesWaits;
    private volatile bool _isUsed;

    public WaitEventSource(IWaitSink contentions, IWaitSink waits)
    {
        _contentions = contentions;
        _waits = waits;
        _pairing = new WaitPairing(contentions, waits, new LockFrames(NativeMethodLookup.Find), _labels);
        _watch = new EventWatch(ProcessEvents.Instance, _pairing, Wanted) { Opening = _pairing.Forget };
        LifetimeRoutes.Changed += FollowLabels;
    }

    public override string? UnsupportedReason => _watch.UnsupportedReason;

    public override string? Failure => _watch.Failure;

    public override bool IsWatching => _watch.IsWatching;

    public override string Description => "the runtime's contention and wait events";

    public override long Lost => _watch.Lost;

    public override long SamplesWithoutLabels => _labels.Missing;

    private static bool IsSampling => MutexFraction.IsOn || BlockRate.IsOn;

    public override Task UpdateAsync()
    {
        _isUsed = true;
        LifetimeRoutes.Want(this, IsSampling);
        FollowLabels();
        return _watch.UpdateAsync();
    }

    public override Task RetryAsync() => _watch.RetryAsync();

    public override async Task<bool> FlushAsync()
    {
        if (!_watch.IsOpen)
        {
            return true;
        }

        long now = Stopwatch.GetTimestamp();
        bool complete = await _watch.FlushAsync();
        if (complete)
        {
            _pairing.EndTimedOut(now);
        }

        return complete;
    }

    public override WaitClassifier NewClassifier() => CallbackWaitSource.CreateClassifier();

    // Called with the gate of the watch held, each time that something may have changed.
    private EventRequest[] Wanted()
    {
        bool all = _waits.IsActive;
        EventRequest[] requests = all ? [s_waitEvents] : _contentions.IsActive ? [s_contentionEvents] : [];
        if (requests.Length > 0 && all != _seesWaits)
        {
            // The end of a wait whose start is known may never be seen, and that of another be taken for it.
            _seesWaits = all;
            _pairing.ForgetWaits();
        }

        return requests;
    }

    // Events come later than they happen.
    private void FollowLabels() =>
        _labels.Follow(() => _isUsed && (_contentions.WantsAll || _waits.WantsAll || (IsSampling && LifetimeRoutes.AreOn)));
}
