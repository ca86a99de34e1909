using System.Diagnostics;

namespace Pprof.Sources.Allocations;

/// <summary>
/// What a source reads while it samples, and which of the sampled objects are dead. Belongs to the source's thread; only the
/// number of handles is for others too.
/// </summary>
/// <param name="sink">Gets the samples.</param>
/// <param name="labels">Those of the threads that allocate.</param>
internal sealed class AllocationSampling(IAllocationSink sink, LabelsAtTime labels)
{
    // From one look for samples to the next, where they do not fill the ring meanwhile. Each look takes the processor some 50 µs,
    // whatever there is, so that there are few: but where stacks have code that may not stay it may be gone by then, and where
    // nothing comes although much is allocated it is to be found out why.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_shortPause = TimeSpan.FromMilliseconds(500);

    // From one look for dead objects to the next, at least.
    private static readonly TimeSpan s_leastSweepPause = TimeSpan.FromMilliseconds(500);

    // Dead objects are looked for no more than a hundredth of the time.
    private const int SweepShare = 100;

    private readonly LiveObjects _live = new(sink);
    private readonly Silence _silence = new();
    private AllocationRing? _ring;
    private AllocationReader? _reader;
    private SamplingRate? _rate;
    private DateTime? _since;
    private int _sinceBegins;
    private int _sinceCollections;
    private int _begins;
    private long _askedRate;
    private long _lost;
    private int _read;
    private bool _isSliceOver;
    private bool _mayBeSilent;
    private bool _mustForget;
    private int _sweptCollections;
    private long _swept;
    private TimeSpan _sweepPause = s_leastSweepPause;

    /// <summary>Whether there are new samples.</summary>
    public bool IsActive { get; private set; }

    /// <summary>The weak handles that are held.</summary>
    public int Handles => _live.Count;

    /// <summary>The time until there is something to do, but for what comes.</summary>
    public TimeSpan UntilNext
    {
        get
        {
            TimeSpan pause = IsActive && (_mayBeSilent || _reader!.HasMetPassingCode) ? s_shortPause : s_pause;
            return IsActive && _rate!.Slices?.UntilNext(Stopwatch.GetTimestamp()) is { } next && next < pause ? next : pause;
        }
    }

    /// <summary>What is known and what is not.</summary>
    public AllocationCoverage Coverage => new()
    {
        Since = _since,
        Begins = _begins,
        HadPauses = _since is not null && _begins != _sinceBegins,
        AwaitsCollection = _since is not null && GC.CollectionCount(0) == _sinceCollections,
        ThinnedRate = _rate is { } rate && rate.Largest > rate.Asked ? rate.Largest : 0,
        SampledShare = _rate?.Slices?.Smallest ?? 1,
        LostSamples = _lost,
        SamplesWithoutLabels = labels.Missing,
    };

    /// <summary>
    /// Whether the samples that have been read stand for everything that was allocated until <paramref name="asked"/>, a
    /// timestamp of <see cref="Stopwatch"/>. Where they do not, what is missing is about to come.
    /// </summary>
    public bool HasAllUntil(long asked) => !IsActive || _rate!.Slices?.TryHasten(Stopwatch.GetTimestamp(), asked) != true;

    /// <summary>Samples have begun to come into <paramref name="ring"/>.</summary>
    /// <param name="ring">Where they are.</param>
    /// <param name="createRate">How what is sampled is chosen; asked at the first time.</param>
    /// <param name="rate">How much of it is wanted.</param>
    public void Begin(AllocationRing ring, Func<SamplingRate> createRate, long rate)
    {
        if (_mustForget)
        {
            Forget();
        }

        _ring = ring;
        _rate ??= createRate();
        _reader ??= new AllocationReader(sink, _live, _rate, labels);
        _askedRate = rate;
        long allocated = GC.GetTotalAllocatedBytes();
        _rate.Slices?.Begin(Stopwatch.GetTimestamp(), allocated);
        _silence.Begin(ring.Delivered, allocated);
        _rate.Set(rate);
        _begins++;
        if (_since is null)
        {
            _since = DateTime.UtcNow;
            _sinceBegins = _begins;
            _sinceCollections = GC.CollectionCount(0);
        }

        IsActive = true;
    }

    /// <summary>Follows the rate that is wanted now; 0 for none changes nothing.</summary>
    public void SetRate(long rate)
    {
        if (IsActive && rate > 0 && rate != _askedRate)
        {
            _askedRate = rate;
            _rate!.Set(rate);
        }
    }

    /// <summary>No more samples; what has come is read. The sampling can begin again.</summary>
    /// <param name="forget">What was seen is nobody's any more.</param>
    public void End(bool forget)
    {
        Abort();
        if (_rate!.Slices is { AreWeighed: false } slices)
        {
            EndSlices(slices);
        }

        _reader!.Collections = GC.CollectionCount(0);
        _ = _ring!.Drain(_reader);
        if (forget)
        {
            _live.Clear();
            Forget();
        }
    }

    /// <summary>What was seen is nobody's any more, in whatever order it is.</summary>
    public void Forget()
    {
        _mustForget = true;
        _live.Abandon();
        _reader?.Slice.Clear();
        sink.Clear();
        _since = null;
        _lost = 0;
        _mustForget = false;
    }

    /// <summary>No more samples, where nothing can be said of those that have come.</summary>
    public void Abort()
    {
        if (IsActive)
        {
            IsActive = false;
            _ring!.Stop();
        }
    }

    /// <summary>
    /// Begins or ends a slice of the time in which there are samples, where it is time for that, and begins again where there
    /// are none that should be there. Returns why nothing began, so that there are none any more; null where all is well.
    /// </summary>
    public string? Turn()
    {
        if (!IsActive || _rate!.Slices is not { } slices)
        {
            return null;
        }

        if (slices.AreUsed && !slices.AreWeighed && _ring!.IsFilling)
        {
            // More come meanwhile, which are weighed later.
            double told = _ring.SumOf(_rate, out ulong end);
            slices.Weigh(Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(), told);
            Drain(GC.CollectionCount(0), end);
        }

        bool wasOn = slices.IsOn;
        double share = slices.Share;
        long now = Stopwatch.GetTimestamp();
        long allocated = GC.GetTotalAllocatedBytes();
        _mayBeSilent = slices.IsOn && _silence.Bytes(_ring!.Delivered, allocated) > 0;
        slices.Follow(now, allocated);
        if (slices.Share != share)
        {
            _rate.FollowShare();
        }

        if (wasOn && !slices.IsOn)
        {
            // Afterwards no thread is about to write a sample: those of this slice, weighed, are read before the next one.
            _ring!.Stop();
            allocated = GC.GetTotalAllocatedBytes();
            SliceSamples samples = _reader!.Slice;
            double told = _ring.SumOf(_rate, out _);
            if (slices.AreWeighed)
            {
                told = samples.HasFull ? 0 : told + samples.Bytes;
            }

            slices.Ended(Stopwatch.GetTimestamp(), allocated, told, samples.HasFull, _silence.Bytes(_ring.Delivered, allocated));
            StandForRest(slices);
            _isSliceOver = true;
        }
        else if (slices.IsLast)
        {
            // All of the time is sampled from here on: what has come by now is weighed and read before.
            EndSlices(slices);
            _isSliceOver = true;
        }
        else if (slices.IsOn && (!wasOn || (_silence.IsTooLong(_ring!.Delivered, allocated) && slices.MayBegin(now))))
        {
            _ring!.Stop();
            int result = _ring.Start();
            if (result < 0)
            {
                Abort();
                return AllocationRing.NotBegunText(result);
            }

            allocated = GC.GetTotalAllocatedBytes();
            _silence.Begin(_ring.Delivered, allocated);
            if (!wasOn)
            {
                _reader!.Slice.Begin(slices.IsFull);
                slices.Began(Stopwatch.GetTimestamp(), allocated);
            }
        }

        return null;
    }

    /// <summary>Reads the samples that have come, and looks for dead objects where there may be many or there must be a look.</summary>
    public void Read(bool mustSweep)
    {
        if (_reader is null)
        {
            return;
        }

        int collections = GC.CollectionCount(0);
        if (_rate!.Slices is not { AreWeighed: false })
        {
            Drain(collections);
        }

        if (_rate.Slices is { AreUsed: false } && _reader.Slice.Bytes > SamplingSlices.Many)
        {
            _reader.Slice.Begin(wasFull: true);
        }

        _reader.Refresh();

        if (IsActive)
        {
            _rate!.Adapt(_read, _isSliceOver || _rate.Slices is not { AreUsed: true });
        }

        _read = 0;
        _isSliceOver = false;

        // Where nothing comes any more the last handles are given back as their objects die.
        bool isDue = collections != _sweptCollections && (_live.IsSweepDue || !IsActive) && Stopwatch.GetElapsedTime(_swept) > _sweepPause;
        if (mustSweep || isDue)
        {
            long start = Stopwatch.GetTimestamp();
            _live.Sweep(collections);
            _sweptCollections = collections;
            _swept = Stopwatch.GetTimestamp();
            TimeSpan pause = Stopwatch.GetElapsedTime(start, _swept) * SweepShare;
            _sweepPause = pause > s_leastSweepPause ? pause : s_leastSweepPause;
        }
    }

    /// <summary>The slice is over, and none comes after it. What has come by now is read.</summary>
    private void EndSlices(SamplingSlices slices)
    {
        double told = _ring!.SumOf(_rate!, out ulong end);
        slices.WeighRest(Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(), told);
        StandForRest(slices);
        Drain(GC.CollectionCount(0), end);
        _reader!.Slice.Begin(slices.IsFull);
        slices.SampleAlways();
        StandForRest(slices);
        _reader.Slice.Clear();
    }

    private void StandForRest(SamplingSlices slices)
    {
        if (slices.TakeRest() is > 0 and double bytes)
        {
            _reader!.Slice.StandFor(bytes);
        }
    }

    private void Drain(int collections, ulong end = ulong.MaxValue)
    {
        _reader!.Collections = collections;
        _read += _ring!.Drain(_reader, end);
        _lost += _reader.ReadLost(_ring);
    }
}
