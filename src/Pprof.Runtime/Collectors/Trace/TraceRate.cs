using System.Diagnostics;

namespace Pprof.Collectors.Trace;

/// <summary>
/// How fast a trace grows, by the clock of what it tells, and what is to be left out of it so that it can be read. Used by the
/// thread of its trace only.
/// </summary>
internal sealed class TraceRate
{
    /// <summary>A trace does not grow faster, but for what it has to tell beside units of work.</summary>
    public const int MaxBytesPerSecond = 40_000_000;

    private const int MaxOneIn = 1 << 12;
    private const int WindowsPerSecond = 10;

    // What is left out counts from when it would have been written, and what is under way is written still.
    private const int MaxBytesInWindow = MaxBytesPerSecond / WindowsPerSecond * 3 / 4;

    private static readonly long s_window = Stopwatch.Frequency / WindowsPerSecond;

    private long _since;
    private long _bytes;

    /// <summary>Of so many units of work one is drawn by now.</summary>
    public int OneIn { get; private set; } = 1;

    /// <summary>Bytes have been written.</summary>
    public void Add(int bytes) => _bytes += bytes;

    /// <summary>The trace has come to a time. Returns whether less, or more, is drawn from now on.</summary>
    public bool Advance(long time)
    {
        long elapsed = time - _since;
        if (_bytes > MaxBytesInWindow * Math.Max(1, (double)elapsed / s_window))
        {
            // Not first at the end of the window.
            bool canBeLess = OneIn < MaxOneIn;
            Begin(time, canBeLess ? OneIn * 2 : OneIn);
            return canBeLess;
        }

        if (elapsed < s_window)
        {
            return false;
        }

        // With twice as much it still has to be less than half.
        bool canBeMore = OneIn > 1 && _bytes < MaxBytesInWindow / 4;
        Begin(time, canBeMore ? OneIn / 2 : OneIn);
        return canBeMore;
    }

    private void Begin(long time, int oneIn) => (_since, _bytes, OneIn) = (time, 0, oneIn);
}
