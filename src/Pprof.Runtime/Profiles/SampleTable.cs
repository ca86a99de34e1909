using System.Runtime.InteropServices;

namespace Pprof.Profiles;

/// <summary>
/// Samples by stack. A stack is a list of instruction pointers, leaf first, each inside the instruction that was
/// executing: the program counter itself in the leaf, the return address less one in its callers. Equal stacks with
/// equal labels are one sample whose values are sums. Not safe for concurrent use.
/// </summary>
/// <param name="valueCount">The number of values of a sample.</param>
/// <param name="limit">
/// The number of samples that are kept apart. Later ones are added up under <see cref="PseudoFrame.LostSamples"/>.
/// </param>
/// <param name="expectedFrames">The number of frames past which room is made for those alone that come.</param>
internal sealed class SampleTable(int valueCount, int limit = int.MaxValue, int expectedFrames = int.MaxValue)
{
    // Entries and frames are never changed, only added, so that copies of a table can have them in common.
    private Entry[] _entries = [];
    private nuint[] _frames = [];
    private bool _areAnothers;
    private int _count;
    private int _frameCount;
    private long[] _values = [];

    // Null until something is added to a copy.
    private Dictionary<ulong, int>? _first = [];

    /// <summary>Changes the values of a sample.</summary>
    public delegate void Conversion(Span<long> values);

    /// <summary>The number of distinct samples.</summary>
    public int Count => _count;

    /// <summary>The number of frames that all stacks have together.</summary>
    public int FrameCount => _frameCount;

    /// <summary>What tells a sample with this stack and these labels from nearly all others.</summary>
    public static ulong HashOf(ReadOnlySpan<nuint> stack, LabelSet labels)
    {
        // FNV-1a over words: stacks differ in few words, and the table compares the stacks themselves.
        ulong hash = 14695981039346656037UL ^ (uint)labels.GetHashCode();
        foreach (nuint frame in stack)
        {
            hash = (hash ^ frame) * 1099511628211UL;
            hash ^= hash >> 29;
        }

        return hash;
    }

    /// <summary>The stack of sample <paramref name="index"/>, leaf first.</summary>
    public ReadOnlySpan<nuint> Stack(int index) => _frames.AsSpan(At(index).Start, At(index).Length);

    /// <summary>The values of sample <paramref name="index"/>, in the order of the sample types.</summary>
    public Span<long> Values(int index) => _values.AsSpan(index * valueCount, valueCount);

    /// <summary>The labels of sample <paramref name="index"/>.</summary>
    public LabelSet Labels(int index) => At(index).Labels;

    /// <summary>What tells sample <paramref name="index"/> from nearly all others: the same as long as the process lives.</summary>
    public ulong Hash(int index) => At(index).Hash;

    /// <summary>The index of the sample with this stack and these labels; -1 where there is none.</summary>
    public int IndexOf(ReadOnlySpan<nuint> stack, LabelSet labels)
    {
        _first ??= IndexEntries();
        int index = _first.GetValueOrDefault(HashOf(stack, labels), -1);
        while (index >= 0 && !(Stack(index).SequenceEqual(stack) && _entries[index].Labels.Equals(labels)))
        {
            index = _entries[index].Next;
        }

        return index;
    }

    /// <summary>Adds to the sample with this stack and these labels. Returns its index.</summary>
    public int Add(ReadOnlySpan<nuint> stack, LabelSet labels, params ReadOnlySpan<long> values)
    {
        int index = Intern(stack, labels);
        Add(index, values);
        return index;
    }

    /// <summary>Adds to the sample at <paramref name="index"/>.</summary>
    public void Add(int index, params ReadOnlySpan<long> values)
    {
        Span<long> sums = Values(index);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += values[i];
        }
    }

    /// <summary>
    /// Adds all samples of another table with as many values, which <paramref name="convert"/> changes on the way. An empty
    /// table takes the stacks over as they are, whose number makes all the cost: engines ask for whole tables every ten seconds.
    /// </summary>
    public void Add(SampleTable other, Conversion? convert = null)
    {
        if (_count > 0)
        {
            Span<long> converted = stackalloc long[valueCount];
            for (int i = 0; i < other.Count; i++)
            {
                other.Values(i).CopyTo(converted);
                convert?.Invoke(converted);
                Add(other.Stack(i), other.Labels(i), converted);
            }

            return;
        }

        (_entries, _frames, _count, _frameCount) = (other._entries, other._frames, other._count, other._frameCount);
        _areAnothers = true;
        _first = null;
        _values = other._values.AsSpan(0, _count * valueCount).ToArray();
        for (int i = 0; i < _count && convert is not null; i++)
        {
            convert(Values(i));
        }
    }

    private ref readonly Entry At(int index) => ref _entries.AsSpan(0, _count)[index];

    private int Intern(ReadOnlySpan<nuint> stack, LabelSet labels)
    {
        ulong hash = HashOf(stack, labels);
        Dictionary<ulong, int> firsts = _first ??= IndexEntries();
        ref int first = ref CollectionsMarshal.GetValueRefOrAddDefault(firsts, hash, out bool exists);
        if (exists)
        {
            for (int i = first; i >= 0; i = _entries[i].Next)
            {
                if (Stack(i).SequenceEqual(stack) && _entries[i].Labels.Equals(labels))
                {
                    return i;
                }
            }
        }

        int index = _count;
        if (index >= limit && !(stack is [(nuint)PseudoFrame.LostSamples] && labels.Labels.Count == 0))
        {
            if (!exists)
            {
                firsts.Remove(hash);
            }

            return Intern([(nuint)PseudoFrame.LostSamples], LabelSet.Empty);
        }

        MakeRoom(stack.Length);
        stack.CopyTo(_frames.AsSpan(_frameCount));
        _entries[index] = new Entry(_frameCount, stack.Length, labels, hash, exists ? first : -1);
        first = index;
        _frameCount += stack.Length;
        _count++;
        return index;
    }

    /// <summary>Makes room for one more sample, in arrays of its own.</summary>
    private void MakeRoom(int frames)
    {
        if (_areAnothers || _count == _entries.Length)
        {
            _entries = Grown(_entries, _count, _count + 1, least: 64);
        }

        if (_areAnothers || _frameCount + frames > _frames.Length)
        {
            _frames = Grown(_frames, _frameCount, _frameCount + frames, least: 1024, expectedFrames);
        }

        if ((_count + 1) * valueCount > _values.Length)
        {
            _values = Grown(_values, _count * valueCount, (_count + 1) * valueCount, least: 64 * valueCount);
        }

        _areAnothers = false;
    }

    // Whoever has the old one in common keeps it as it is.
    private static T[] Grown<T>(T[] items, int count, int needed, int least, int most = int.MaxValue)
    {
        var grown = new T[Math.Max(needed, Math.Min(most, Math.Max(least, count * 2)))];
        items.AsSpan(0, count).CopyTo(grown);
        return grown;
    }

    private Dictionary<ulong, int> IndexEntries()
    {
        var firsts = new Dictionary<ulong, int>(_count);
        for (int i = 0; i < _count; i++)
        {
            // Each leads on to the one before it.
            firsts[_entries[i].Hash] = i;
        }

        return firsts;
    }

    private readonly record struct Entry(int Start, int Length, LabelSet Labels, ulong Hash, int Next);
}
