using System.Diagnostics.CodeAnalysis;

namespace Pprof.Sources.Allocations.Events;

/// <summary>
/// Sampled objects that are followed through collections: at the beginning of each the runtime tells where each generation is,
/// then which ranges of memory have survived, and where they are now. Where it collects an object's generation and no range has
/// it, the object is dead. An object counts as alive when it has lived through a collection. Safe for concurrent use.
/// </summary>
/// <param name="sink">Hears of those that are alive.</param>
/// <param name="limit">The number that is followed; of more, half are, and each stands for two.</param>
internal sealed class FollowedObjects(IAllocationSink sink, int limit = 1 << 15)
{
    private const int FirstEntries = 256;
    private const int OldestGeneration = 2;
    private const int Elsewhere = int.MaxValue;

    private readonly Lock _gate = new();
    private Entry[] _entries = [];
    private int _count;
    private bool _isSorted = true;
    private bool _isOn;

    // The collection that stops the program, and the one that goes on beside it; 0 for none.
    private int _stopping;
    private int _background;

    // The oldest generation of the former, and whether the latter has told what it found.
    private int _oldest;
    private bool _backgroundHasTold;

    /// <summary>The number of objects.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>From now on objects are followed, or those that were are forgotten.</summary>
    public bool IsOn
    {
        set
        {
            lock (_gate)
            {
                if (_isOn && !value)
                {
                    Clear();
                }

                _isOn = value;
            }
        }
    }

    /// <summary>Takes an object that was just allocated.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="sample">What it is in the sink.</param>
    /// <param name="size">Its size.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    public void Add(ulong address, SinkSample sample, long size, double objects)
    {
        lock (_gate)
        {
            if (!_isOn)
            {
                return;
            }

            if (_count == limit)
            {
                Thin();
            }

            if (_count == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(FirstEntries, _count * 2));
            }

            _entries[_count++] = new Entry(sample, size) { Address = address, Objects = objects };
            _isSorted = false;
        }
    }

    /// <summary>A collection begins.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="generation">The oldest generation that is collected.</param>
    /// <param name="isBackground">
    /// Whether the program, and other collections, are to go on meanwhile. Where the runtime changes its mind, it does not say so.
    /// </param>
    public void Begin(int number, int generation, bool isBackground)
    {
        lock (_gate)
        {
            if (isBackground)
            {
                (_background, _backgroundHasTold) = (number, false);
            }
            else
            {
                (_stopping, _oldest) = (number, generation);
            }

            foreach (ref Entry entry in _entries.AsSpan(0, _count))
            {
                // Where nothing is told of it, it is not looked at.
                entry.Generation = Elsewhere;
                entry.Of(isBackground) = new Verdict { IsAwaited = true };
            }
        }
    }

    /// <summary>
    /// What begins finds these objects in a generation. The runtime tells where the generations are at the end, too: what it
    /// says of an object after that is of another that is there now.
    /// </summary>
    /// <param name="start">Where they are.</param>
    /// <param name="length">The bytes that they have together.</param>
    /// <param name="generation">The generation; one of large objects or of pinned ones is as the oldest.</param>
    public void Place(ulong start, ulong length, int generation)
    {
        lock (_gate)
        {
            foreach (ref Entry entry in Range(start, length))
            {
                if (entry.Generation == Elsewhere)
                {
                    entry.Generation = Math.Min(OldestGeneration, generation);
                }
            }
        }
    }

    /// <summary>It has found these objects alive.</summary>
    /// <param name="start">Where they were.</param>
    /// <param name="length">The bytes that they have together.</param>
    /// <param name="newStart">Where they are now.</param>
    public void Keep(ulong start, ulong length, ulong newStart)
    {
        lock (_gate)
        {
            // What is told while no collection stops the program is told by the one in the background.
            bool isBackground = _stopping == 0;
            if (isBackground && _background == 0)
            {
                return;
            }

            _backgroundHasTold |= isBackground;
            foreach (ref Entry entry in Range(start, length))
            {
                entry.Of(isBackground).IsKept = true;
                entry.NewAddress = entry.Address - start + newStart;
            }
        }
    }

    /// <summary>A collection has ended.</summary>
    /// <param name="number">Its number.</param>
    public void End(int number)
    {
        lock (_gate)
        {
            bool isBackground = number == _background;
            if (!isBackground && number != _stopping)
            {
                return;
            }

            (isBackground ? ref _background : ref _stopping) = 0;
            for (int i = _count - 1; i >= 0; i--)
            {
                ref Entry entry = ref _entries[i];
                Verdict verdict = entry.Of(isBackground);
                entry.Of(isBackground) = default;

                // What goes on in the background tells of all that is left, whatever its generation, or of nothing.
                bool isCollected = isBackground ? _backgroundHasTold : entry.Generation <= _oldest;
                if (verdict.IsKept)
                {
                    Survive(ref entry);
                }
                else if (verdict.IsAwaited && isCollected)
                {
                    RemoveAt(i);
                }
            }
        }
    }

    private void Survive(ref Entry entry)
    {
        if (entry.Address != entry.NewAddress)
        {
            entry.Address = entry.NewAddress;
            _isSorted = false;
        }

        if (!entry.IsCounted)
        {
            entry.IsCounted = true;
            sink.AddLive(entry.Sample, entry.Size, entry.Objects);
        }
    }

    private Span<Entry> Range(ulong start, ulong length)
    {
        if (!_isSorted)
        {
            _entries.AsSpan(0, _count).Sort(static (one, other) => one.Address.CompareTo(other.Address));
            _isSorted = true;
        }

        int first = FirstFrom(start);
        int end = first;
        while (end < _count && _entries[end].Address - start < length)
        {
            end++;
        }

        return _entries.AsSpan(first, end - first);
    }

    private int FirstFrom(ulong address)
    {
        (int low, int high) = (0, _count);
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _entries[middle].Address < address ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Forgets one in two. The others stand for both.</summary>
    private void Thin()
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            ref Entry entry = ref _entries[i];
            if (Random.Shared.Next(2) == 0)
            {
                RemoveAt(i);
                continue;
            }

            if (entry.IsCounted)
            {
                sink.AddLive(entry.Sample, entry.Size, entry.Objects);
            }

            entry.Objects *= 2;
        }
    }

    private void RemoveAt(int index)
    {
        ref Entry entry = ref _entries[index];
        if (entry.IsCounted)
        {
            sink.AddLive(entry.Sample, entry.Size, -entry.Objects);
        }

        entry = _entries[--_count];
        _isSorted = false;
    }

    private void Clear()
    {
        while (_count > 0)
        {
            RemoveAt(_count - 1);
        }

        (_entries, _stopping, _background) = ([], 0, 0);
    }

    /// <summary>What a collection says of an object.</summary>
    private struct Verdict
    {
        /// <summary>Whether it was there as the collection began.</summary>
        public bool IsAwaited;

        /// <summary>Whether a range has it.</summary>
        public bool IsKept;
    }

    private struct Entry(SinkSample sample, long size)
    {
        public readonly SinkSample Sample = sample;
        public readonly long Size = size;
        public double Objects;
        public ulong Address;
        public ulong NewAddress;
        public int Generation;
        public bool IsCounted;
        private Verdict _stopping;
        private Verdict _background;

        [UnscopedRef]
        public ref Verdict Of(bool isBackground) => ref isBackground ? ref _background : ref _stopping;
    }
}
