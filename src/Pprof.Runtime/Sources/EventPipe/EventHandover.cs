using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Decides which events of a new session its predecessor has delivered already. Both run side by side for a while,
/// and the runtime writes an event to one session after the other, each copy with a timestamp of its own: so
/// timestamps cannot be compared with a limit. On one thread, however, the copies of successive events interleave
/// (a1 b1 a2 b2, or b1 a1 b2 a2), and a copy has the same content: the counterpart of an event is the one with the
/// same content between its neighbours.
/// </summary>
internal sealed class EventHandover
{
    /// <summary>
    /// How far apart the copies of one event are at most: the thread can be off the processor between the two. The old
    /// session must not end sooner than this after the new one opened.
    /// </summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromMilliseconds(50);

    // What the predecessor delivers of the time before the new session was open may have no copy. An event that happens
    // after the predecessor has ended is not it, however alike: it is further away.
    private static readonly long s_near = (long)(Overlap.TotalSeconds * Stopwatch.Frequency);

    private readonly Dictionary<int, Copies> _threads = [];
    private readonly Dictionary<long, long> _marks = [];
    private long _open = long.MaxValue;
    private long _last = long.MinValue;
    private Order _order;

    /// <summary>The new session is open: what happens from now on is in both.</summary>
    public void Open() => Volatile.Write(ref _open, Stopwatch.GetTimestamp());

    /// <summary>Called by the predecessor's reader for each event that it delivers.</summary>
    public void Delivered(in RuntimeEvent data)
    {
        if (!_threads.TryGetValue(data.SystemId, out Copies? copies))
        {
            _threads.Add(data.SystemId, copies = new Copies());
        }

        copies.Pending.Enqueue(new Copy(data.Timestamp, Content(data)));
        _last = Math.Max(_last, data.Timestamp);
    }

    /// <summary>
    /// Called by the new session's reader, after its predecessor's has ended: whether <paramref name="data"/> was
    /// delivered.
    /// </summary>
    public bool WasDelivered(in RuntimeEvent data)
    {
        if (!_threads.TryGetValue(data.SystemId, out Copies? copies))
        {
            return false;
        }

        int content = Content(data);
        long now = data.Timestamp;
        long nearest = long.MaxValue;
        if (_order != Order.NewFirst && copies.Borrowed is { } borrowed && borrowed.Content == content)
        {
            nearest = now - borrowed.Timestamp;
        }

        copies.Borrowed = null;
        while (copies.Pending.TryPeek(out Copy copy) && copy.Timestamp <= now)
        {
            copies.Pending.Dequeue();
            if (_order != Order.NewFirst && copy.Content == content && copy.Timestamp >= copies.Previous && MayBeCopy(copy, now))
            {
                nearest = now - copy.Timestamp;
            }
        }

        if (_order != Order.OldFirst
            && copies.Pending.TryPeek(out Copy next)
            && next.Content == content && next.Timestamp - now < nearest && MayBeCopy(next, now))
        {
            copies.Pending.Dequeue();
            copies.Borrowed = nearest == long.MaxValue ? null : next;
            nearest = next.Timestamp - now;
        }

        copies.Previous = now;
        return nearest != long.MaxValue;
    }

    /// <summary>Called by the predecessor's reader for each mark.</summary>
    public void DeliveredMark(long number, long timestamp) => _marks[number] = timestamp;

    /// <summary>
    /// Called by the new session's reader for each mark. The copies of the first mark that is in both tell which session
    /// the runtime writes to first. Until then the nearer of two candidates is taken.
    /// </summary>
    public void Mark(long number, long timestamp)
    {
        if (_marks.TryGetValue(number, out long copy))
        {
            _order = copy <= timestamp ? Order.OldFirst : Order.NewFirst;
        }
    }

    /// <summary>Whether an event of this time is so late that nothing can have been delivered twice any more.</summary>
    public bool IsOver(long timestamp) => timestamp > _last + Stopwatch.Frequency;

    private bool MayBeCopy(Copy copy, long timestamp) => copy.Timestamp >= _open || Math.Abs(copy.Timestamp - timestamp) < s_near;

    private static int Content(in RuntimeEvent data)
    {
        var hash = new HashCode();
        hash.Add(data.ProviderId);
        hash.Add(data.Id);
        hash.AddBytes(data.Payload);
        hash.AddBytes(MemoryMarshal.AsBytes(data.Frames));
        return hash.ToHashCode();
    }

    private enum Order
    {
        Unknown,
        OldFirst,
        NewFirst,
    }

    private readonly record struct Copy(long Timestamp, int Content);

    private sealed class Copies
    {
        /// <summary>Delivered, and not yet found in the new session.</summary>
        public Queue<Copy> Pending { get; } = [];

        /// <summary>The time of the event of the new session before this one.</summary>
        public long Previous { get; set; } = long.MinValue;

        /// <summary>The later of two candidates, taken while the order was unknown. It may be the next event's.</summary>
        public Copy? Borrowed { get; set; }
    }
}
