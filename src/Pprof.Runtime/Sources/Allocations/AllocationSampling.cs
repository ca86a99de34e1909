using System.Diagnostics;
using Pprof.Labels;

namespace Pprof.Sources.Allocations;

/// <summary>
/// What a source reads while it samples, and which of the sampled objects are dead. Belongs to the source's thread; only the
/// number of handles is for others too.
/// </summary>
/// <param name="sink">Gets the samples.</param>
/// <param name="labels">Those of the threads that allocate.</param>
internal sealed class AllocationSampling(IAllocationSink sink, LabelsAtTime labels)
{
    /// <summary>How long it is at least from one look for dead objects to the next, and from one look for samples.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    // Dead objects are looked for no more than a hundredth of the time.
    private const int SweepShare = 100;

    private readonly LiveObjects _live = new(sink);
    private AllocationRing? _ring;
    private AllocationReader? _reader;
    private SamplingRate? _rate;
    private DateTime? _since;
    private long _askedRate;
    private long _lost;
    private int _sweptCollections;
    private long _swept;
    private TimeSpan _sweepPause = Pause;

    /// <summary>Whether there are new samples.</summary>
    public bool IsActive { get; private set; }

    /// <summary>The weak handles that are held.</summary>
    public int Handles => _live.Count;

    /// <summary>What is known and what is not.</summary>
    public AllocationCoverage Coverage => new() { Since = _since, ThinnedRate = _rate?.Largest ?? 0, LostSamples = _lost, SamplesWithoutLabels = labels.Missing };

    /// <summary>Samples have begun to come into <paramref name="ring"/>.</summary>
    /// <param name="ring">Where they are.</param>
    /// <param name="createRate">How what is sampled is chosen; asked at the first time.</param>
    /// <param name="rate">How much of it is wanted.</param>
    public void Begin(AllocationRing ring, Func<SamplingRate> createRate, long rate)
    {
        _ring = ring;
        _rate ??= createRate();
        _reader ??= new AllocationReader(sink, _live, _rate, labels);
        _askedRate = rate;
        _rate.Set(rate);
        _since ??= DateTime.UtcNow;
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
        _ = _ring!.Drain(_reader!);
        if (forget)
        {
            _live.Clear();
            sink.Clear();
            _since = null;
            _lost = 0;
        }
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

    /// <summary>Reads the samples that have come, and looks for dead objects where there may be some or there must be a look.</summary>
    public void Read(bool mustSweep)
    {
        if (_reader is null)
        {
            return;
        }

        int collections = GC.CollectionCount(0);
        _reader.Collections = collections;
        int count = _ring!.Drain(_reader);
        _lost += _reader.ReadLost(_ring);
        _reader.Refresh();
        if (!labels.AreKept && !LifetimeRoutes.AreOn)
        {
            sink.EndLabels();
        }

        if (IsActive)
        {
            _rate!.Adapt(count);
        }

        if (mustSweep || (collections != _sweptCollections && Stopwatch.GetElapsedTime(_swept) > _sweepPause))
        {
            long start = Stopwatch.GetTimestamp();
            _live.Sweep(collections);
            _sweptCollections = collections;
            _swept = Stopwatch.GetTimestamp();
            TimeSpan pause = Stopwatch.GetElapsedTime(start, _swept) * SweepShare;
            _sweepPause = pause > Pause ? pause : Pause;
        }
    }
}
