namespace Pprof.Sources.Allocations;

/// <summary>
/// The samples of the last slice of the time that told of much, or of the time before the first one. They may come to stand for
/// more: for what was allocated after them and had ended when the next slice began.
/// </summary>
internal sealed class SliceSamples(IAllocationSink sink)
{
    // Some four slices have so many at most. Of more the last ones are kept.
    private const int Limit = 1024;

    private Slice _last;
    private Slice _full;

    /// <summary>The bytes for which the samples since <see cref="Begin"/> stand, as far as they are kept.</summary>
    public double Bytes => SumOf(_last.Samples);

    /// <summary>The samples that are read from now on are those of the next slice.</summary>
    /// <param name="wasFull">Whether those before may come to stand for more.</param>
    public void Begin(bool wasFull)
    {
        if (wasFull)
        {
            (_last, _full) = (_full, _last);
        }

        _last.Seen = 0;
    }

    /// <summary>Takes a sample that the sink has.</summary>
    /// <param name="sample">What the sink calls it.</param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    public void Add(SinkSample sample, long size, double objects)
    {
        _last.Entries ??= new Entry[Limit];
        _last.Entries[_last.Seen++ % Limit] = new Entry(sample, size, objects);
    }

    /// <summary>Has those of the last one that may stand for so many bytes in addition, each in proportion to what it stands for.</summary>
    public void StandFor(double bytes)
    {
        double all = SumOf(_full.Samples);
        foreach (ref readonly Entry entry in _full.Samples)
        {
            sink.AddMore(entry.Sample, entry.Size, entry.Objects * bytes / all);
        }
    }

    /// <summary>Forgets all: there are no slices any more, or the sink has forgotten them.</summary>
    public void Clear() => (_last.Seen, _full.Seen) = (0, 0);

    private static double SumOf(ReadOnlySpan<Entry> samples)
    {
        double sum = 0;
        foreach (ref readonly Entry sample in samples)
        {
            sum += sample.Size * sample.Objects;
        }

        return sum;
    }

    private struct Slice
    {
        public Entry[]? Entries;
        public long Seen;

        public readonly ReadOnlySpan<Entry> Samples => Entries.AsSpan(0, (int)Math.Min(Seen, Limit));
    }

    private readonly record struct Entry(SinkSample Sample, long Size, double Objects);
}
