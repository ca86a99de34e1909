namespace Pprof.Sources.Allocations;

/// <summary>
/// The samples of the last slice of the time that told of much, which may come to stand for more: for what was allocated
/// after it and had ended when the next one began.
/// </summary>
internal sealed class SliceSamples(IAllocationSink sink)
{
    // Some four slices have so many at most. Of more the last ones are kept.
    private const int Limit = 1024;

    private Slice _last;
    private Slice _full;
    private bool _isOpen;

    /// <summary>The samples that are read from now on are those of the next slice.</summary>
    /// <param name="wasFull">Whether those before may come to stand for more.</param>
    public void Begin(bool wasFull)
    {
        if (wasFull)
        {
            (_last, _full) = (_full, _last);
        }

        _last.Seen = 0;
        _isOpen = true;
    }

    /// <summary>Takes a sample that the sink has.</summary>
    /// <param name="sample">What the sink calls it.</param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    public void Add(SinkSample sample, long size, double objects)
    {
        if (_isOpen)
        {
            _last.Entries ??= new Entry[Limit];
            _last.Entries[_last.Seen++ % Limit] = new Entry(sample, size, objects);
        }
    }

    /// <summary>Has those of the last one that may stand for so many bytes in addition, each in proportion to what it stands for.</summary>
    public void StandFor(double bytes)
    {
        ReadOnlySpan<Entry> entries = _full.Entries.AsSpan(0, Math.Min(_full.Seen, Limit));
        double all = 0;
        foreach (ref readonly Entry entry in entries)
        {
            all += entry.Size * entry.Objects;
        }

        foreach (ref readonly Entry entry in entries)
        {
            sink.AddMore(entry.Sample, entry.Size, entry.Objects * bytes / all);
        }
    }

    /// <summary>Forgets all: there are no slices any more, or the sink has forgotten them.</summary>
    public void Clear() => (_isOpen, _last.Seen, _full.Seen) = (false, 0, 0);

    private struct Slice
    {
        public Entry[]? Entries;
        public int Seen;
    }

    private readonly record struct Entry(SinkSample Sample, long Size, double Objects);
}
