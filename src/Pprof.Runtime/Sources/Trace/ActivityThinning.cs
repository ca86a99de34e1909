using System.Diagnostics;

namespace Pprof.Sources.Trace;

/// <summary>
/// Which activities are drawn, where more begin than can be at little cost: all of one in 2, 4, 8, … requests, and more again
/// where fewer begin. What begins within an activity is drawn as that is.
/// </summary>
/// <param name="now">When it begins to count.</param>
/// <param name="isHeard">Whether an activity is one of those that it is told of.</param>
internal sealed class ActivityThinning(long now, Func<Activity, bool> isHeard)
{
    /// <summary>The time in which they are counted.</summary>
    public const int WindowMilliseconds = 50;

    // Each costs some microseconds: with as many as these a trace takes one percent of the processor.
    private const int MaxInWindowOfAProcessor = 100;
    private const int MaxShift = 16;

    // An application that forgets to stop activities has them within each other without end.
    private const int MaxDepth = 64;
    private const string Mark = "Pprof.Trace";

    private static readonly long s_window = Stopwatch.Frequency * WindowMilliseconds / 1000;
    private static readonly object s_noName = new();

    private readonly Lock _gate = new();
    private readonly DateTime _start = DateTime.UtcNow;
    private long _windowStart = now;
    private int _inWindow;
    private bool _isThinnedInWindow;
    private volatile int _shift;
    private volatile bool _wasThinned;

    /// <summary>Where more begin within <see cref="WindowMilliseconds"/>, not all are drawn.</summary>
    public static int MaxInWindow { get; } = MaxInWindowOfAProcessor * Environment.ProcessorCount;

    /// <summary>One in so many requests is drawn by now.</summary>
    public int OneIn => 1 << _shift;

    /// <summary>Whether an activity would be drawn that begins now.</summary>
    /// <param name="outer">That within which it begins; null where there is none in this process.</param>
    /// <param name="trace">What all that belongs to one request has in common, in other processes too.</param>
    public bool Takes(Activity? outer, ActivityTraceId trace)
    {
        if (!_wasThinned)
        {
            return true;
        }

        for (int depth = 0; outer is not null && depth < MaxDepth; depth++, outer = outer.Parent)
        {
            if (outer.GetCustomProperty(Mark) is not null)
            {
                return true;
            }

            if (outer.StartTimeUtc >= _start && isHeard(outer))
            {
                return false;
            }
        }

        int shift = _shift;
        return shift == 0 || (LowBits(trace) & ((1 << shift) - 1)) == 0;
    }

    /// <summary>Whether an activity that begins is drawn.</summary>
    public bool Begins(Activity activity)
    {
        if (!Takes(activity.Parent, activity.TraceId))
        {
            return false;
        }

        activity.SetCustomProperty(Mark, s_noName);
        if (Interlocked.Increment(ref _inWindow) > MaxInWindow)
        {
            Thin();
        }

        return true;
    }

    /// <summary>Whether one that has begun is.</summary>
    public static bool IsDrawn(Activity activity) => activity.GetCustomProperty(Mark) is not null;

    /// <summary>Has more drawn again if few have begun in the window, if that is over. Called by one thread, again and again.</summary>
    public void EndWindow(long now)
    {
        if (now - _windowStart < s_window)
        {
            return;
        }

        _windowStart = now;
        lock (_gate)
        {
            // Twice as many take half of the room: it does not go to and fro.
            if (Interlocked.Exchange(ref _inWindow, 0) <= MaxInWindow / 4 && !_isThinnedInWindow && _shift > 0)
            {
                _shift--;
            }

            _isThinnedInWindow = false;
        }
    }

    private static int LowBits(ActivityTraceId trace)
    {
        int bits = 0;
        foreach (char digit in trace.ToHexString().AsSpan(^4..))
        {
            bits = (bits << 4) | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }

        return bits;
    }

    private void Thin()
    {
        lock (_gate)
        {
            if (_inWindow > MaxInWindow && _shift < MaxShift)
            {
                Volatile.Write(ref _inWindow, 0);
                _shift++;
                (_wasThinned, _isThinnedInWindow) = (true, true);
            }
        }
    }
}
