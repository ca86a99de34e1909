using Pprof.Unwinding;

namespace Pprof.Sources.Waits.Callback;

/// <summary>
/// Who took which lock after a contention, when and where: the last some thousand, by lock and time. Not safe for concurrent
/// use.
/// </summary>
internal sealed class LockTakes
{
    private const int MaxTakes = 1 << 13;
    private const int MaxThreads = 1 << 12;

    // Two that fall on one place: the earlier one is forgotten.
    private readonly Take[] _takes = new Take[MaxTakes];
    private readonly Dictionary<int, Taker> _takers = [];

    /// <summary>The thread has taken a lock.</summary>
    /// <param name="lockId">The lock.</param>
    /// <param name="time">When.</param>
    /// <param name="thread">The system's id of the thread.</param>
    /// <param name="frames">The method that took it, and its callers.</param>
    public void Add(long lockId, long time, int thread, ReadOnlySpan<nuint> frames)
    {
        if (frames.IsEmpty)
        {
            return;
        }

        int place = PlaceOf(lockId, time);
        _takes[place] = new Take(lockId, time, thread, frames[0], long.MaxValue);
        if (_takers.Count >= MaxThreads)
        {
            _takers.Clear();
        }

        if (!_takers.TryGetValue(thread, out Taker? taker))
        {
            _takers.Add(thread, taker = new Taker());
        }

        taker.Set(place, time, frames);
    }

    /// <summary>
    /// The thread began to wait, with these frames. If it had left the method that took a lock, it did not have that lock any
    /// more.
    /// </summary>
    public void See(int thread, long time, ReadOnlySpan<nuint> frames)
    {
        if (_takers.TryGetValue(thread, out Taker? taker) && _takes[taker.Place] is var take && take.Thread == thread && take.Time == taker.Time
            && take.LeftAt == long.MaxValue && time > take.Time && !taker.IsStillIn(frames))
        {
            _takes[taker.Place] = take with { LeftAt = time };
        }
    }

    /// <summary>
    /// Where the lock was taken by who had it; 0 where that is not known.
    /// </summary>
    /// <param name="lockId">The lock.</param>
    /// <param name="time">When it was taken last after a contention; 0 where that is not known.</param>
    /// <param name="owner">The thread that had it.</param>
    /// <param name="before">When it was wanted.</param>
    public nuint Find(long lockId, long time, int owner, long before) =>
        time != 0 && _takes[PlaceOf(lockId, time)] is var take
        && take.Lock == lockId && take.Time == time && take.Thread == owner && take.LeftAt >= before
            ? take.At
            : 0;

    private static int PlaceOf(long lockId, long time) =>
        (int)(((ulong)(lockId + time) * 0x9E3779B97F4A7C15) >> 32) & (MaxTakes - 1);

    private readonly record struct Take(long Lock, long Time, int Thread, nuint At, long LeftAt);

    /// <summary>The last that a thread took.</summary>
    private sealed class Taker
    {
        private FrameCopy _frames;

        public int Place { get; private set; }

        public long Time { get; private set; }

        public void Set(int place, long time, ReadOnlySpan<nuint> frames)
        {
            (Place, Time) = (place, time);
            _frames.Set(frames);
        }

        public bool IsStillIn(ReadOnlySpan<nuint> frames) => _frames.GoesOnIn(frames, StackUnwinder.MaxFrames);
    }
}
