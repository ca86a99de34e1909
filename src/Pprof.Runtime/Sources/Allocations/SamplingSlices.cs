using System.Diagnostics;

namespace Pprof.Sources.Allocations;

/// <summary>
/// Which part of the time allocations are sampled. The runtime's own event for each 100 KB can be made neither rarer nor
/// cheaper, so that where allocations are many there are such events in slices of the time alone. A slice stands for what
/// was allocated since the one before, too, so that the sum stays what the runtime counts: its samples are weighed when it is
/// over, as only then is known how much they tell of and how much there was. Belongs to the source's thread.
/// </summary>
/// <param name="maySwitch">Whether nobody minds that sampling begins now, and again and again.</param>
/// <param name="threshold">Another <see cref="Threshold"/>.</param>
/// <param name="random">A number from 0 to 1, for the time to the next slice.</param>
internal sealed class SamplingSlices(Func<bool> maySwitch, long? threshold = null, Func<double>? random = null)
{
    /// <summary>What tells of so many bytes may stand for what comes after it, where there are no slices yet.</summary>
    public const double Many = 5 * SliceBytes;

    /// <summary>The threshold, but for tests. Below, the events cost no more than a thousandth of a core.</summary>
    public const long DefaultThreshold = 250_000_000;

    // The length of a slice. A thread chooses what of its allocations is sampled whenever a block of 8 KB begins: what was
    // left of its block is not sampled. So the fewer bytes a slice has the less it sees of threads that allocate little, and
    // shorter ones would not see some at all. In longer ones too little would be seen of what changes. To begin one and to
    // end it takes 20 µs.
    private const double SliceBytes = 25_000_000;

    // With less a slice tells of the moment after much, or of nothing that lasts.
    private const double Enough = SliceBytes / 2;

    private static readonly TimeSpan s_shortestSlice = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_longestSlice = TimeSpan.FromMilliseconds(100);

    // Below so much of the threshold all of the time is sampled again.
    private const double Hysteresis = 0.8;

    // Bytes a second that are allocated in slices, as far as that can be: 1,000 events, each with a sample, which are as many
    // samples as there are at 500 MB a second. With less than the smallest share too little would be seen of what changes.
    private const double Aim = 100_000_000;
    private const double SmallestShare = 0.05;

    // How much more than usual a slice may stand for. What is left the next ones stand for.
    private const double MaxFactor = 4;

    // A rate that has not lasted so long may be over at once.
    private static readonly TimeSpan s_lasting = TimeSpan.FromSeconds(1);

    // What was allocated in so short a time is not worth a slice.
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(5);

    // To which a slice is as long as it is to be.
    private static readonly TimeSpan s_exact = TimeSpan.FromMilliseconds(0.5);

    // For so long nothing is sampled because somebody minds that it begins.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Func<double> _random = random ?? Random.Shared.NextDouble;
    private long _rateSince;
    private long _rateBytes;
    private double _perSecond;
    private long _followed;
    private long _followedBytes;
    private long _switched;
    private long _switchedBytes;
    private TimeSpan _length = s_shortestSlice;
    private long _next;

    // Since when somebody minds, and when that was asked for last.
    private long _mindedSince;
    private long _minded;

    // Bytes for which no sample stands yet, and those for which samples are to stand that have been read.
    private double _owed;
    private double _rest;

    // What the samples of the slice tell of by themselves, and whether one before it, since there are any, was full.
    private double _told;
    private bool _hasFull;

    // Of the slice under way: what its samples are to stand for, by what came before, and up to where they have been weighed.
    private bool _isUnderWay;
    private double _planned = 1;
    private long _weighed;
    private long _weighedBytes;

    // Seconds for which no sample stands yet.
    private double _unseen;

    /// <summary>Bytes a second past which there are slices, where that lasts.</summary>
    public static long Threshold { get; set; } = DefaultThreshold;

    /// <summary>Whether allocations are to be sampled now.</summary>
    public bool IsOn { get; private set; } = true;

    /// <summary>Whether they are sampled in slices of the time alone.</summary>
    public bool AreUsed { get; private set; }

    /// <summary>The part of the time in which they are; 1 where there are no slices.</summary>
    public double Share { get; private set; } = 1;

    /// <summary>The smallest part until now.</summary>
    public double Smallest { get; private set; } = 1;

    /// <summary>How many times what it stands for by itself a sample stands for, because of the time in which there are none.</summary>
    public double Weight { get; private set; } = 1;

    /// <summary>
    /// Whether the samples that have come may be read: they have been weighed. In a slice they wait for its end.
    /// </summary>
    public bool AreWeighed => !_isUnderWay;

    /// <summary>Whether the slice is to be weighed now, and all of the time is sampled afterwards.</summary>
    public bool IsLast { get; private set; }

    /// <summary>
    /// Whether the slice, up to where its samples have been weighed, tells of so much that they could stand for what comes after
    /// it, too: <see cref="TakeRest"/>.
    /// </summary>
    public bool IsFull => _told >= Enough;

    /// <summary>Sampling begins, and is on.</summary>
    /// <param name="now">A timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="allocated">The bytes that the process has allocated until then.</param>
    public void Begin(long now, long allocated)
    {
        SampleAlways();
        _rest = 0;
        Smallest = 1;
        (_rateSince, _rateBytes) = (now, allocated);
        (_followed, _followedBytes) = (now, allocated);
    }

    /// <summary>
    /// Decides whether it is on from now on. Where that changes, <see cref="Ended"/> or <see cref="Began"/> is next. Where the
    /// slice is the last one, <see cref="WeighRest"/> is, and when its samples have been read <see cref="SampleAlways"/>.
    /// </summary>
    public void Follow(long now, long allocated)
    {
        if (!AreUsed)
        {
            // Not where it has ended meanwhile.
            double least = threshold ?? Threshold;
            bool isMuch = allocated - _followedBytes > least * Stopwatch.GetElapsedTime(_followed, now).TotalSeconds;
            (_followed, _followedBytes) = (now, allocated);
            if (TryMeasure(now, allocated) && _perSecond > least && isMuch && maySwitch())
            {
                AreUsed = true;
                IsOn = false;
                Divide();
            }
        }
        else if (now >= _next && !(IsOn && TryExtend(now, allocated)))
        {
            if (IsOn)
            {
                EndOrSampleAlways(now, allocated);
            }
            else if (MayBegin(now))
            {
                IsOn = true;
            }
            else
            {
                _next = now + Ticks(s_shortestSlice);
            }
        }
    }

    /// <summary>
    /// Whether sampling may begin now, because nobody minds, or has minded for so long that it has to: what minds may be there
    /// for ever.
    /// </summary>
    public bool MayBegin(long now)
    {
        if (maySwitch())
        {
            _minded = 0;
            return true;
        }

        if (Stopwatch.GetElapsedTime(_minded, now) > s_lasting)
        {
            _mindedSince = now;
        }

        _minded = now;
        return Stopwatch.GetElapsedTime(_mindedSince, now) > s_patience;
    }

    /// <summary>A slice has begun.</summary>
    public void Began(long now, long allocated)
    {
        (_hasFull, _told) = (_hasFull || IsFull, 0);
        (double seconds, double bytes) = Since(now, allocated);
        _owed += bytes;
        _unseen += seconds;

        // In the slice as much will be allocated, in its time, as was before it. After a moment of rest it will be more.
        double perSecond = Math.Max(bytes / Math.Max(seconds, 1e-6), _perSecond / MaxFactor);
        _planned = Math.Clamp(1 + (_owed / Math.Max(1, perSecond * _length.TotalSeconds)), 1, MaxFactor / Share);
        (_isUnderWay, _weighed, _weighedBytes) = (true, now, allocated);
        _next = now + Ticks(_length / 2);
    }

    /// <summary>
    /// Weighs the samples that have come in a slice until now, because there is no room for more. As much as was to be expected
    /// they stand for, and never for more than there is.
    /// </summary>
    /// <param name="now">A timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="allocated">The bytes that the process has allocated until then.</param>
    /// <param name="told">Those that the samples stand for by themselves.</param>
    public void Weigh(long now, long allocated, double told)
    {
        double seconds = Owe(now, allocated);
        Weight = Math.Min(Math.Min(_planned, ByTime(seconds)), _owed / Math.Max(1, told));
        _owed -= told * Weight;
        _unseen = Math.Max(0, _unseen - ((Weight - 1) * seconds));
        _told += told;
    }

    /// <summary>
    /// Weighs those of the last slice, after which there are no more, or of one that has ended: it stands for all that no
    /// sample stands for. Where that would be too much, because what there was has ended before it, the samples of the last one
    /// that was full stand for the rest; where there was none, the next ones.
    /// </summary>
    /// <param name="now">A timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="allocated">The bytes that the process has allocated until then.</param>
    /// <param name="told">Those that the samples stand for by themselves.</param>
    public void WeighRest(long now, long allocated, double told)
    {
        double seconds = Owe(now, allocated);
        Weight = Math.Min(ByTime(seconds), _owed / Math.Max(1, told));
        _owed -= told * Weight;
        _told += told;

        // Where the runtime was silent the next slice stands for this one, too.
        if (_hasFull && (_told > 0 || allocated - _switchedBytes < Enough))
        {
            GiveBack();
        }

        _unseen = _told > 0 ? 0 : _unseen + seconds;
        _isUnderWay = false;
        IsLast = false;
    }

    /// <summary>A slice has ended, or the time of which all was sampled.</summary>
    /// <param name="now">A timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="allocated">The bytes that the process has allocated until then.</param>
    /// <param name="told">Those of the slice that its samples stand for by themselves; before the first slice, those of the last samples.</param>
    /// <param name="hasFull">Whether, before the first slice, others may stand for what comes.</param>
    /// <param name="silent">Those, where all was sampled, of which the runtime did not tell: the next slices stand for them.</param>
    public void Ended(long now, long allocated, double told, bool hasFull = false, long silent = 0)
    {
        if (_isUnderWay)
        {
            WeighRest(now, allocated, told);
        }
        else
        {
            _owed += Math.Clamp(silent, 0, Math.Max(0, allocated - _switchedBytes));
            (_told, _hasFull) = (told, hasFull);
        }

        _ = Since(now, allocated);

        // At random distances, so that no work of the program is always in a slice, or never.
        _next = now + Ticks(_length * ((1 / Share) - 1) * (0.5 + _random()));
    }

    /// <summary>There are no slices from now on.</summary>
    public void SampleAlways()
    {
        if (_hasFull || IsFull)
        {
            GiveBack();
        }

        (AreUsed, IsOn, Share, Weight, _owed, _unseen, _isUnderWay, IsLast) = (false, true, 1, 1, 0, 0, false, false);
        (_hasFull, _told) = (false, 0);
    }

    /// <summary>
    /// The bytes for which the samples of the last slice that was <see cref="IsFull">full</see> are to stand in addition. Those of
    /// the slice under way do when the next one has begun, or <see cref="SampleAlways"/>. Nobody else gets them from now on.
    /// </summary>
    public double TakeRest()
    {
        double rest = _rest;
        _rest = 0;
        return rest;
    }

    /// <summary>
    /// Begins the next slice now, for somebody who has asked at <paramref name="asked"/> for what was allocated until then.
    /// False where the last slice stands for that, or no next one would.
    /// </summary>
    public bool TryHasten(long now, long asked)
    {
        if (!AreUsed || !maySwitch())
        {
            return false;
        }

        if (!IsOn)
        {
            if (asked < _switched || Stopwatch.GetElapsedTime(_switched, asked) < s_short)
            {
                return false;
            }

            _next = Math.Min(_next, now);
        }

        return true;
    }

    /// <summary>The time until there is something to decide.</summary>
    public TimeSpan UntilNext(long now) =>
        !AreUsed ? TimeSpan.MaxValue : now >= _next ? TimeSpan.Zero : Stopwatch.GetElapsedTime(now, _next);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private void EndOrSampleAlways(long now, long allocated)
    {
        bool isNew = TryMeasure(now, allocated);
        if (!maySwitch() || (isNew && _perSecond < (threshold ?? Threshold) * Hysteresis))
        {
            IsLast = true;
            return;
        }

        if (isNew)
        {
            Divide();
        }

        IsOn = false;
    }

    private bool TryMeasure(long now, long allocated)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_rateSince, now);
        if (elapsed < s_lasting)
        {
            return false;
        }

        _perSecond = (allocated - _rateBytes) / elapsed.TotalSeconds;
        (_rateSince, _rateBytes) = (now, allocated);
        return true;
    }

    /// <summary>Lets a slice go on until it stands for what it is to stand for, as far as it does not take twice its time.</summary>
    private bool TryExtend(long now, long allocated)
    {
        double seconds = Stopwatch.GetElapsedTime(_switched, now).TotalSeconds;
        double bytes = Math.Max(1, allocated - _switchedBytes);
        double rest = _planned > 1
            ? Math.Min(((_owed / (_planned - 1)) - (allocated - _weighedBytes)) / (bytes / seconds), (2 * _length.TotalSeconds) - seconds)
            : _length.TotalSeconds - seconds;
        if (rest < s_exact.TotalSeconds)
        {
            return false;
        }

        _next = now + Ticks(TimeSpan.FromSeconds(rest));
        return true;
    }

    /// <summary>What was allocated in the slice since the samples were weighed last is to be stood for, too.</summary>
    /// <returns>The seconds of it.</returns>
    private double Owe(long now, long allocated)
    {
        double seconds = Stopwatch.GetElapsedTime(_weighed, now).TotalSeconds;
        _owed += Math.Max(0, allocated - _weighedBytes);
        (_weighed, _weighedBytes) = (now, allocated);
        return seconds;
    }

    /// <summary>
    /// How many times itself what has come in so many seconds may stand for: for the time that nobody has seen. Where more was
    /// allocated in that time than that, it was allocated by what has ended since.
    /// </summary>
    private double ByTime(double seconds) =>
        Math.Min(MaxFactor / Share, _hasFull ? 1 + (_unseen / Math.Max(s_exact.TotalSeconds, seconds)) : double.MaxValue);

    private void GiveBack()
    {
        _rest += Math.Max(0, _owed);
        _owed = 0;
    }

    private (double Seconds, double Bytes) Since(long now, long allocated)
    {
        // The runtime's count of a moment may be a little below that of the moment before.
        (double Seconds, double Bytes) since = (Stopwatch.GetElapsedTime(_switched, now).TotalSeconds, Math.Max(0, allocated - _switchedBytes));
        (_switched, _switchedBytes) = (now, allocated);
        return since;
    }

    private void Divide()
    {
        Share = Math.Clamp(Aim / _perSecond, SmallestShare, 0.5);
        Smallest = Math.Min(Smallest, Share);
        _length = TimeSpan.FromSeconds(Math.Clamp(SliceBytes / _perSecond, s_shortestSlice.TotalSeconds, s_longestSlice.TotalSeconds));
    }
}
