using System.Diagnostics;

namespace Pprof.Sources.Trace;

/// <summary>
/// Which activities are drawn, where more begin than can be at little cost: all of one in 2, 4, 8, … requests. That of a request
/// and those within it have one number in common, which tells.
/// </summary>
internal sealed class ActivityThinning
{
    /// <summary>Where more begin within <see cref="WindowMilliseconds"/>, not all are drawn.</summary>
    public const int MaxInWindow = 1000;

    /// <summary>The time in which they are counted.</summary>
    public const int WindowMilliseconds = 50;

    private const int MaxShift = 16;

    private static readonly long s_window = Stopwatch.Frequency * WindowMilliseconds / 1000;

    // An activity is told from others by what held when it began, so that its end is drawn where its beginning was.
    private readonly long[] _since = new long[MaxShift + 1];
    private volatile int _shift;
    private long _windowStart = Stopwatch.GetTimestamp();
    private int _inWindow;

    /// <summary>One in so many requests is drawn by now.</summary>
    public int OneIn => 1 << _shift;

    /// <summary>Whether an activity that begins is drawn.</summary>
    public bool Begins(Activity activity)
    {
        bool isDrawn = IsDrawn(activity);
        if (isDrawn && Interlocked.Increment(ref _inWindow) > MaxInWindow)
        {
            Adapt();
        }

        return isDrawn;
    }

    /// <summary>Whether one that has begun is.</summary>
    public bool IsDrawn(Activity activity)
    {
        int shift = _shift;
        if (shift == 0)
        {
            return true;
        }

        long began = activity.StartTimeUtc.Ticks;
        while (shift > 0 && began < Volatile.Read(ref _since[shift]))
        {
            shift--;
        }

        return (activity.TraceId.GetHashCode() & ((1 << shift) - 1)) == 0;
    }

    private void Adapt()
    {
        long start = Volatile.Read(ref _windowStart);
        long now = Stopwatch.GetTimestamp();
        if (Interlocked.CompareExchange(ref _windowStart, now, start) != start)
        {
            return;
        }

        Volatile.Write(ref _inWindow, 0);
        int shift = _shift;
        if (now - start < s_window && shift < MaxShift)
        {
            Volatile.Write(ref _since[shift + 1], DateTime.UtcNow.Ticks);
            _shift = shift + 1;
        }
    }
}
