using System.Diagnostics;

namespace Pprof.Labels;

/// <summary>
/// The labels that one thread has had in the last moments, with the times at which they changed: for readers of samples that come
/// with their time and not with their labels. Written by its thread and read by others. While nobody reads, nothing is kept.
/// </summary>
internal sealed class LabelHistory
{
    // Samples come up to half a second late: enough for 8,000 changes a second of one thread.
    private const int Capacity = 1 << 12;

    private static readonly Lock s_gate = new();
    private static int s_readers;

    private readonly Change[] _changes = new Change[Capacity];
    private long _count;

    private LabelHistory(PushedLabels? before) => _changes[_count++] = new Change(long.MinValue, before);

    /// <summary>Begins to keep histories, until <see cref="Close"/>.</summary>
    public static void Open()
    {
        lock (s_gate)
        {
            Volatile.Write(ref s_readers, s_readers + 1);
        }
    }

    /// <summary>Ends what <see cref="Open"/> began.</summary>
    public static void Close()
    {
        lock (s_gate)
        {
            Volatile.Write(ref s_readers, s_readers - 1);
            if (s_readers == 0)
            {
                // A thread whose labels do not change any more would keep its history. Under the lock: who reads next is to
                // lose nothing.
                ThreadLabels.DropHistories();
            }
        }
    }

    /// <summary>The labels of the current thread change.</summary>
    /// <param name="history">What has been kept of it; null where nothing is.</param>
    /// <param name="before">The labels up to now.</param>
    /// <param name="labels">The labels from now on.</param>
    public static void Note(ref LabelHistory? history, PushedLabels? before, PushedLabels? labels)
    {
        if (Volatile.Read(ref s_readers) == 0)
        {
            // From here on it is not whole.
            history = null;
            return;
        }

        LabelHistory kept = history ?? new LabelHistory(before);
        kept.Add(labels);
        Volatile.Write(ref history, kept);
    }

    /// <summary>
    /// The labels that held at <paramref name="timestamp"/>, of the clock of <see cref="Stopwatch.GetTimestamp"/>; false where that
    /// is too long ago for so many changes.
    /// </summary>
    public bool TryFind(long timestamp, out PushedLabels? labels)
    {
        long count = Volatile.Read(ref _count);
        for (long i = count - 1; i >= 0 && i > count - Capacity; i--)
        {
            Change change = _changes[i % Capacity];

            // Not before the change has been read: reading the number keeps only what comes after it from being read earlier.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _count) - i >= Capacity)
            {
                // Its thread has come around, and writes over it.
                break;
            }

            if (change.Timestamp <= timestamp)
            {
                labels = change.Labels;
                return true;
            }
        }

        labels = null;
        return false;
    }

    private void Add(PushedLabels? labels)
    {
        // Who finds this one half written is to see the number before it.
        Interlocked.MemoryBarrier();
        _changes[_count % Capacity] = new Change(Stopwatch.GetTimestamp(), labels);
        Volatile.Write(ref _count, _count + 1);
    }

    private readonly record struct Change(long Timestamp, PushedLabels? Labels);
}
