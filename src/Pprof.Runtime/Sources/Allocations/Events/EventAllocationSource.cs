using System.Diagnostics.Tracing;
using Pprof.Sources.Allocations.Callback;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations.Events;

/// <summary>
/// CoreCLR wherever its events can be had: the runtime's sampled allocations, before .NET 10 its allocation ticks. Which
/// objects are alive is told by what of the memory survives each collection, which costs more still: only windows that want
/// it have it. A stream of events costs several times as much as the callback, so that there is one only between
/// <see cref="OpenAsync"/> and <see cref="CloseAsync"/>.
/// </summary>
internal sealed class EventAllocationSource : AllocationSource
{
    private static readonly EventRequest s_samples = EventRequest.Runtime(
        RuntimeProvider.AllocationSamplingKeyword, EventLevel.Informational, RuntimeProvider.AllocationSampled);

    private static readonly EventRequest s_survival = EventRequest.Runtime(
        RuntimeProvider.CollectionKeyword | RuntimeProvider.SurvivalKeyword,
        EventLevel.Informational,
        RuntimeProvider.CollectionStart,
        RuntimeProvider.CollectionEnd,
        RuntimeProvider.SurvivingRanges,
        RuntimeProvider.MovedRanges,
        RuntimeProvider.GenerationRange);

    // All events of the keyword: where only ticks are asked for, .NET 10 writes none after the first collection.
    private static readonly EventRequest s_ticks = new(
        RuntimeProvider.Name, RuntimeProvider.Id, RuntimeProvider.CollectionKeyword, EventLevel.Verbose);

    // Held while the first window opens or the last is closed: what one saw is not to be taken from the other.
    private readonly Lock _gate = new();
    private readonly IAllocationSink _sink;
    private readonly EventWatch _watch;
    private readonly LabelsAtTime _labels = new();
    private readonly FollowedObjects _followed;
    private readonly bool _hasSamples;
    private int _windows;
    private int _followingWindows;
    private long _lostBefore;
    private DateTime? _since;

    /// <param name="sink">Gets the samples, which nobody else adds to.</param>
    /// <param name="hasSamples">Whether the runtime samples allocations; otherwise it has ticks.</param>
    public EventAllocationSource(IAllocationSink sink, bool? hasSamples = null)
    {
        _sink = sink;
        _hasSamples = hasSamples ?? Environment.Version.Major >= 10;
        _followed = new FollowedObjects(sink);
        _watch = new EventWatch(ProcessEvents.Instance, new Consumer(sink, _followed, _labels), Wanted);
        IsOff.Changed += FollowAsync;
        Rate.Changed += FollowAsync;
    }

    private EventRequest Allocations => _hasSamples ? s_samples : s_ticks;

    /// <inheritdoc/>
    public override string? UnsupportedReason => OffReason ?? _watch.UnsupportedReason;

    /// <inheritdoc/>
    public override string? Failure => _watch.Failure;

    /// <inheritdoc/>
    public override AllocationCoverage Coverage => new()
    {
        Source = _hasSamples ? AllocationEvidence.SampledEvents : AllocationEvidence.Ticks,
        Since = _since,
        Rate = Rate.IsOn ? ThinnedRate.RuntimePeriod : 0,
        LostEvents = _watch.Lost - Interlocked.Read(ref _lostBefore),
        SamplesWithoutLabels = _labels.Missing,
        SharedNames = PassingMethod.SharedNames,
        IsOnDemand = true,
        FollowsObjects = true,
    };

    /// <inheritdoc/>
    public override void Start()
    {
    }

    /// <inheritdoc/>
    public override Task OpenAsync(AllocationWindow window)
    {
        lock (_gate)
        {
            if (_windows++ == 0)
            {
                Interlocked.Exchange(ref _lostBefore, _watch.Lost);
                _since = DateTime.UtcNow;
            }

            if (window.FollowsObjects && _followingWindows++ == 0)
            {
                _followed.IsOn = true;
            }

            _labels.Follow(() => _windows > 0);
        }

        return _watch.UpdateAsync();
    }

    /// <inheritdoc/>
    public override async Task CloseAsync(AllocationWindow window)
    {
        lock (_gate)
        {
            _windows--;
            if (window.FollowsObjects && --_followingWindows == 0)
            {
                _followed.IsOn = false;
            }
        }

        await _watch.UpdateAsync();
        lock (_gate)
        {
            if (_windows == 0)
            {
                // What a window saw is nobody's any more.
                _sink.Clear();
                _since = null;
            }

            _labels.Follow(() => _windows > 0);
        }
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync() => _watch.FlushAsync();

    private EventRequest[] Wanted() =>
        Volatile.Read(ref _windows) == 0 || !Rate.IsOn || IsOff.IsOn ? []
        : Volatile.Read(ref _followingWindows) == 0 ? [Allocations]
        : [Allocations, s_survival];

    private Task FollowAsync() => Volatile.Read(ref _windows) == 0 ? Task.CompletedTask : _watch.UpdateAsync();

    private sealed class Consumer(IAllocationSink sink, FollowedObjects followed, LabelsAtTime labels) : EventConsumer
    {
        private readonly AllocatedTypes _types = new();
        private readonly PassingFrames _passing = new();

        // The type stands before the frames of the event.
        private nuint[] _frames = new nuint[128];

        public override void OnEvent(in RuntimeEvent data)
        {
            switch (data.Id)
            {
                case RuntimeProvider.AllocationSampled:
                    var sampled = new AllocationSampled(data);
                    Add(data, sampled.Type, sampled.TypeName, sampled.Address, sampled.Size, ThinnedRate.Weight(sampled.Size));
                    break;
                case RuntimeProvider.AllocationTick:
                    // The one object is taken for all that was allocated since the last event.
                    var tick = new AllocationTick(data);
                    Add(data, tick.Type, tick.TypeName, tick.Address, tick.Size, (double)tick.Amount / Math.Max(1, tick.Size));
                    break;
                case RuntimeProvider.CollectionStart:
                    var start = new CollectionStart(data);
                    followed.Begin(start.Count, start.Generation, start.IsBackground);
                    break;
                case RuntimeProvider.GenerationRange:
                    var range = new GenerationRange(data);
                    followed.Place(range.Start, range.Length, range.Generation);
                    break;
                case RuntimeProvider.SurvivingRanges or RuntimeProvider.MovedRanges:
                    Keep(new LivingRanges(data));
                    break;
                case RuntimeProvider.CollectionEnd:
                    followed.End(new CollectionEnd(data).Count);
                    break;
            }
        }

        public override void OnLost(long count)
        {
            // Counted by the watch. What they stood for nobody knows.
        }

        private void Keep(in LivingRanges ranges)
        {
            for (int i = 0; i < ranges.Count; i++)
            {
                followed.Keep(ranges.Start(i), ranges.Length(i), ranges.NewStart(i));
            }
        }

        private void Add(in RuntimeEvent data, nuint type, ReadOnlySpan<char> name, ulong address, long size, double objects)
        {
            ReadOnlySpan<nuint> frames = _passing.Of(data.Frames);
            if (_frames.Length <= frames.Length)
            {
                _frames = new nuint[frames.Length * 2];
            }

            _frames[0] = _types.AddressOf(type, name);
            frames.CopyTo(_frames.AsSpan(1));
            SinkSample sample = sink.Add(_frames.AsSpan(0, frames.Length + 1), size, objects, labels.Of(data.SystemId, data.Timestamp));
            followed.Add(address, sample, size, objects);
        }
    }
}
