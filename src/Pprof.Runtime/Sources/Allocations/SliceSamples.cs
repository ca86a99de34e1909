namespace Pprof.Sources.Allocations;

/// <summary>
/// The samples of the last slice of the time that told of much, which may come to stand for more: for what was allocated
/// after it and had ended when the next one began.
/// </summary>
internal sealed class SliceSamples(IAllocationSink sink)
{
    // Some four slices have so many at most. Of more the last ones are kept.
    private const int Limit = 1024;

    private Entry[] _entries = [];
    private int _seen;

    /// <summary>Whether the samples that are read now are kept.</summary>
    public bool AreKept { get; private set; }

    /// <summary>Keeps those that are read from now on in the place of those before, or no more of them.</summary>
    public void Keep(bool areKept)
    {
        AreKept = areKept;
        if (areKept)
        {
            _seen = 0;
            _entries = _entries.Length == 0 ? new Entry[Limit] : _entries;
        }
    }

    /// <summary>Takes a sample that the sink has.</summary>
    /// <param name="sample">What the sink calls it.</param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    public void Add(SinkSample sample, long size, double objects)
    {
        if (AreKept)
        {
            _entries[_seen++ % Limit] = new Entry(sample, size, objects);
        }
    }

    /// <summary>Has them stand for so many bytes in addition, each in proportion to what it stands for.</summary>
    public void StandFor(double bytes)
    {
        ReadOnlySpan<Entry> entries = _entries.AsSpan(0, Math.Min(_seen, Limit));
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

    /// <summary>Forgets them: the sink has.</summary>
    public void Clear() => (AreKept, _seen) = (false, 0);

    private readonly record struct Entry(SinkSample Sample, long Size, double Objects);
}
