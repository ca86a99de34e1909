namespace Pprof.Labels;

/// <summary>
/// Finds labels by their number, for the readers of samples: those that hold on a thread, and those that came to hold on
/// some thread a moment ago. While nobody reads, nothing is kept.
/// </summary>
internal static class RecentLabels
{
    // A reader comes every 50 ms at the latest: enough for 300,000 changes of context a second.
    private const int Capacity = 1 << 14;

    private static readonly Lock s_gate = new();
    private static PushedLabels?[]? s_recent;
    private static int s_readers;

    /// <summary>Begins to keep labels, until <see cref="Close"/>.</summary>
    public static void Open()
    {
        lock (s_gate)
        {
            s_readers++;
            s_recent ??= new PushedLabels?[Capacity];
        }
    }

    /// <summary>Ends what <see cref="Open"/> began.</summary>
    public static void Close()
    {
        lock (s_gate)
        {
            if (--s_readers == 0)
            {
                s_recent = null;
            }
        }
    }

    /// <summary>Labels come to hold on the current thread.</summary>
    public static void Note(PushedLabels? labels)
    {
        if (labels is not null && Volatile.Read(ref s_recent) is { } recent)
        {
            Volatile.Write(ref recent[labels.Number % Capacity], labels);
        }
    }

    /// <summary>The labels with this number on a thread; null where they are not known any more.</summary>
    public static PushedLabels? Find(long number, int systemId) =>
        s_recent is { } recent && Volatile.Read(ref recent[number % Capacity]) is { } noted && noted.Number == number ? noted
        : ThreadLabels.Of(systemId) is { } current && current.Number == number ? current
        : null;
}
