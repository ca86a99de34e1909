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
internal sealed class SampleTable(int valueCount, int limit = int.MaxValue)
{
    private const int FirstFrames = 1024;
    private const int FirstSamples = 64;

    // Without memory until the first sample: tables of the process are made before the application starts.
    private readonly Dictionary<ulong, int> _first = [];
    private readonly List<Entry> _entries = [];
    private nuint[] _frames = [];
    private long[] _values = [];
    private int _frameCount;

    /// <summary>The number of distinct samples.</summary>
    public int Count => _entries.Count;

    /// <summary>The number of frames that all stacks have together.</summary>
    public int FrameCount => _frameCount;

    /// <summary>The stack of sample <paramref name="index"/>, leaf first.</summary>
    public ReadOnlySpan<nuint> Stack(int index) => _frames.AsSpan(_entries[index].Start, _entries[index].Length);

    /// <summary>The values of sample <paramref name="index"/>, in the order of the sample types.</summary>
    public Span<long> Values(int index) => _values.AsSpan(index * valueCount, valueCount);

    /// <summary>The labels of sample <paramref name="index"/>.</summary>
    public LabelSet Labels(int index) => _entries[index].Labels;

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

    private int Intern(ReadOnlySpan<nuint> stack, LabelSet labels)
    {
        ulong hash = Hash(stack, labels);
        ref int first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, hash, out bool exists);
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

        int index = _entries.Count;
        if (index >= limit && !(stack is [(nuint)PseudoFrame.LostSamples] && labels.Labels.Count == 0))
        {
            if (!exists)
            {
                _first.Remove(hash);
            }

            return Intern([(nuint)PseudoFrame.LostSamples], LabelSet.Empty);
        }

        _entries.Add(new Entry(Store(stack), stack.Length, labels, exists ? first : -1));
        first = index;
        if ((index + 1) * valueCount > _values.Length)
        {
            Array.Resize(ref _values, Math.Max(FirstSamples * valueCount, _values.Length * 2));
        }

        return index;
    }

    private int Store(ReadOnlySpan<nuint> stack)
    {
        int start = _frameCount;
        if (start + stack.Length > _frames.Length)
        {
            Array.Resize(ref _frames, Math.Max(Math.Max(FirstFrames, _frames.Length * 2), start + stack.Length));
        }

        stack.CopyTo(_frames.AsSpan(start));
        _frameCount += stack.Length;
        return start;
    }

    private static ulong Hash(ReadOnlySpan<nuint> stack, LabelSet labels)
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

    private readonly record struct Entry(int Start, int Length, LabelSet Labels, int Next);
}
