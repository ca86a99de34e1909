namespace Pprof.Sources.Allocations;

/// <summary>
/// The sampled objects that no collection has found dead, each behind a weak handle. An object counts as alive when it has
/// lived through a collection.
/// </summary>
internal sealed class LiveObjects(IAllocationSink sink, int limit = 1 << 15)
{
    private const int FirstEntries = 256;

    // Handles that are worth a look at all of them.
    private const int LeastNew = 512;

    private Entry[] _entries = [];
    private int _due = LeastNew;

    /// <summary>The handles that are held.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Whether so many handles have come since the last look that those of the dead are worth another one, though nobody asks
    /// what is alive. They come with samples, and so each sample pays for a few looks, however many objects are alive.
    /// </summary>
    public bool IsSweepDue => Count >= _due;

    /// <summary>Takes a sampled object.</summary>
    /// <param name="handle">Its weak handle, which is this one's from now on.</param>
    /// <param name="sample">What it is in the sink.</param>
    /// <param name="size">Its size.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    /// <param name="collections">The collections until now.</param>
    /// <param name="slice">In which slice of the time it was sampled, for <see cref="StandForMore"/>.</param>
    /// <param name="hasLived">Whether it is known to have lived through one of them.</param>
    public void Add(WeakHandle handle, SinkSample sample, long size, double objects, int collections, int slice = 0, bool hasLived = false)
    {
        if (Count == limit)
        {
            Sweep(collections);
            if (Count > limit / 2)
            {
                Thin();
            }
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(FirstEntries, Count * 2));
        }

        _entries[Count++] = new Entry(handle, sample, collections, slice, size, objects) { IsCounted = hasLived };
        if (hasLived)
        {
            sink.AddLive(sample, size, objects);
        }
    }

    /// <summary>Finds those that are dead, and those that have lived through a collection.</summary>
    /// <param name="collections">The collections until now.</param>
    public void Sweep(int collections)
    {
        for (int i = 0; i < Count;)
        {
            ref Entry entry = ref _entries[i];
            if (entry.Handle.IsDead)
            {
                RemoveAt(i);
                continue;
            }

            if (!entry.IsCounted && entry.Collections != collections)
            {
                entry.IsCounted = true;
                sink.AddLive(entry.Sample, entry.Size, entry.Objects);
            }

            i++;
        }

        SetDue();
    }

    /// <summary>Has the objects of a slice of the time stand for others, too.</summary>
    /// <param name="slice">Which one.</param>
    /// <param name="factor">For how many more, in proportion to those for which they stand.</param>
    public void StandForMore(int slice, double factor)
    {
        foreach (ref Entry entry in _entries.AsSpan(0, Count))
        {
            if (entry.Slice == slice)
            {
                Multiply(ref entry, 1 + factor);
            }
        }
    }

    /// <summary>Forgets all, and gives the handles back.</summary>
    public void Clear()
    {
        while (Count > 0)
        {
            RemoveAt(Count - 1);
        }

        Abandon();
    }

    /// <summary>The same where the sink is not to be told: it may be in no order.</summary>
    public void Abandon()
    {
        while (Count > 0)
        {
            _entries[--Count].Handle.Free();
        }

        _entries = [];
        _due = LeastNew;
    }

    /// <summary>Forgets one in two. The others stand for both.</summary>
    private void Thin()
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            ref Entry entry = ref _entries[i];
            if (Random.Shared.Next(2) == 0)
            {
                RemoveAt(i);
                continue;
            }

            Multiply(ref entry, 2);
        }

        SetDue();
    }

    /// <summary>Has an object stand for so many times as many.</summary>
    private void Multiply(ref Entry entry, double factor)
    {
        if (entry.IsCounted)
        {
            // Added up as whole: what is taken away again with the object is what was added.
            sink.AddLive(entry.Sample, entry.Size, entry.Objects * factor);
            sink.AddLive(entry.Sample, entry.Size, -entry.Objects);
        }

        entry.Objects *= factor;
    }

    // Not past where one in two would be given up while there are dead ones.
    private void SetDue() => _due = Count + Math.Max(LeastNew, Math.Min(Count, limit - Count) / 2);

    private void RemoveAt(int index)
    {
        ref Entry entry = ref _entries[index];
        if (entry.IsCounted)
        {
            sink.AddLive(entry.Sample, entry.Size, -entry.Objects);
        }

        entry.Handle.Free();
        entry = _entries[--Count];
    }

    private struct Entry(WeakHandle handle, SinkSample sample, int collections, int slice, long size, double objects)
    {
        public readonly WeakHandle Handle = handle;
        public readonly long Size = size;
        public readonly int Collections = collections;
        public readonly int Slice = slice;
        public readonly SinkSample Sample = sample;
        public double Objects = objects;
        public bool IsCounted;
    }
}
