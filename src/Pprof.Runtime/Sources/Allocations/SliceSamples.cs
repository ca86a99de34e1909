namespace Pprof.Sources.Allocations;

/// <summary>
/// The samples of the last slice of the time that told of much; where there are no slices yet, of as much as was sampled last.
/// They may come to stand for more: for what was allocated after them and had ended when the next slice began.
/// </summary>
/// <param name="sink">Has them.</param>
/// <param name="live">Has those that are not known to be dead.</param>
internal sealed class SliceSamples(IAllocationSink sink, LiveObjects live)
{
    // A slice has some hundreds. Of more the last ones are kept.
    private const int FirstEntries = 256;
    private const int Limit = 1 << 12;

    private Slice _last;
    private Slice _full;

    /// <summary>Which slice the samples are of that are read now.</summary>
    public int Number => _last.Number;

    /// <summary>The bytes for which the samples since <see cref="Begin"/> stand.</summary>
    public double Bytes => _last.Bytes;

    /// <summary>Whether there are some that may stand for more.</summary>
    public bool HasFull => _full.Seen > 0;

    /// <summary>The samples that are read from now on are those of the next slice.</summary>
    /// <param name="wasFull">Whether those before may come to stand for more.</param>
    public void Begin(bool wasFull)
    {
        int number = _last.Number + 1;
        if (wasFull)
        {
            (_last, _full) = (_full, _last);
        }

        _last = _last with { Number = number, Seen = 0, Bytes = 0 };
    }

    /// <summary>Takes a sample that the sink has.</summary>
    /// <param name="sample">What the sink calls it.</param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    public void Add(SinkSample sample, long size, double objects)
    {
        int index = (int)(_last.Seen++ % Limit);
        if (_last.Entries is not { } entries || index == entries.Length)
        {
            Array.Resize(ref _last.Entries, Math.Max(FirstEntries, index * 2));
        }

        _last.Entries[index] = new Entry(sample, size, objects);
        _last.Bytes += size * objects;
    }

    /// <summary>
    /// Has those of the last one that may stand for so many bytes in addition, each in proportion to what it stands for, and
    /// likewise in what is in use.
    /// </summary>
    public void StandFor(double bytes)
    {
        ReadOnlySpan<Entry> samples = _full.Entries.AsSpan(0, (int)Math.Min(_full.Seen, Limit));
        double kept = 0;
        foreach (ref readonly Entry sample in samples)
        {
            kept += sample.Size * sample.Objects;
        }

        foreach (ref readonly Entry sample in samples)
        {
            sink.AddMore(sample.Sample, sample.Size, sample.Objects * bytes / kept);
        }

        if (kept > 0)
        {
            live.StandForMore(_full.Number, bytes / _full.Bytes);
            _full.Bytes += bytes;
        }
    }

    /// <summary>Forgets all: there are no slices any more, or the sink has forgotten them.</summary>
    public void Clear()
    {
        Begin(wasFull: false);
        _full.Seen = 0;
    }

    private struct Slice
    {
        public int Number;
        public Entry[]? Entries;
        public long Seen;
        public double Bytes;
    }

    private readonly record struct Entry(SinkSample Sample, long Size, double Objects);
}
