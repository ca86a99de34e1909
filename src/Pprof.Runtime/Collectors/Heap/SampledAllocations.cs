using System.Numerics;
using Pprof.Profiles;
using Pprof.Sources.Allocations;

namespace Pprof.Collectors.Heap;

/// <summary>
/// Sampled allocations by type, stack and size: what was allocated, and what of it is alive. Safe for concurrent use.
/// </summary>
/// <param name="maxSamples">The number of distinct samples that are kept apart.</param>
/// <param name="maxFrames">The number of frames that their stacks may have together.</param>
internal sealed class SampledAllocations(int maxSamples = 6 * 1024, int maxFrames = 200 * 1024) : IAllocationSink
{
    // Values of a sample: objects and bytes that were allocated, and those that are alive.
    private const int Values = 4;

    // One sample stands for a broken number of objects: they are kept in 256ths.
    private const int ObjectUnit = 256;

    // What is left of a merged stack: its outermost frames.
    private const int MergedFrames = 4;
    private const int ExactSizes = 256;
    private const string SizeLabel = "bytes";

    private readonly Lock _gate = new();
    private readonly Dictionary<long, LabelSet> _labels = [];
    private readonly JoinedLabels _joined = new();
    private SampleTable _samples = new(Values);
    private long _merged;

    /// <summary>The number of distinct samples.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _samples.Count;
            }
        }
    }

    /// <summary>The distinct stacks of which only the outermost frames were kept, because there were too many.</summary>
    public long Merged
    {
        get
        {
            lock (_gate)
            {
                return _merged;
            }
        }
    }

    /// <inheritdoc/>
    public bool IsFull => _samples.Count >= maxSamples || _samples.FrameCount >= maxFrames;

    /// <inheritdoc/>
    public int Add(ReadOnlySpan<nuint> frames, long size, double objects, SampledLabels labels)
    {
        lock (_gate)
        {
            LabelSet sizeAlone = LabelsOf(size);
            LabelSet all = _joined.Of(labels.All.Labels.Count > 0 ? labels.All : labels.Route, sizeAlone);

            // Labels get half of the room.
            bool hasRoom = _samples.Count < maxSamples / 2 || _samples.IndexOf(frames, all) >= 0;
            return _samples.Add(frames, hasRoom ? all : sizeAlone, Objects(objects), Bytes(size, objects), 0, 0);
        }
    }

    /// <inheritdoc/>
    public void AddLive(int sample, long size, double objects)
    {
        lock (_gate)
        {
            _samples.Add(sample, 0, 0, Objects(objects), Bytes(size, objects));
        }
    }

    /// <inheritdoc/>
    public int[] Merge()
    {
        lock (_gate)
        {
            // The labels of threads are the first to go: there may be any number of them.
            int[] reduced = Reduce();
            if (_samples.Count < maxSamples / 2 && _samples.FrameCount < maxFrames / 2)
            {
                return reduced;
            }

            SampleTable before = _samples;
            int[] order = [.. Enumerable.Range(0, before.Count)];
            long[] bytes = [.. order.Select(i => before.Values(i)[1] + before.Values(i)[3])];
            Array.Sort(bytes, order, Comparer<long>.Create(static (x, y) => y.CompareTo(x)));

            // A half of each bound for those that matter most.
            var after = new SampleTable(Values);
            int[] numbers = new int[before.Count];
            foreach (int i in order)
            {
                bool isKept = HasRoom(i);
                _merged += isKept ? 0 : 1;
                numbers[i] = isKept
                    ? after.Add(before.Stack(i), before.Labels(i), before.Values(i))
                    : after.Add(Outermost(before.Stack(i), after.Count < maxSamples * 3 / 4), LabelSet.Empty, before.Values(i));
            }

            bool HasRoom(int i) => after.Count < maxSamples / 2 && after.FrameCount + before.Stack(i).Length < maxFrames / 2;

            _samples = after;
            return [.. reduced.Select(i => numbers[i])];
        }
    }

    /// <inheritdoc/>
    public void EndLabels()
    {
        lock (_gate)
        {
            _joined.Clear();
        }
    }

    /// <inheritdoc/>
    public void Clear()
    {
        lock (_gate)
        {
            _samples = new SampleTable(Values);
            _joined.Clear();
            _merged = 0;
        }
    }

    /// <summary>Adds all samples: objects and bytes that were allocated, objects and bytes that are alive.</summary>
    public void CopyTo(SampleTable samples)
    {
        lock (_gate)
        {
            samples.Add(_samples, static values => (values[0], values[2]) = (Whole(values[0]), Whole(values[2])));
        }
    }

    /// <summary>
    /// The size under which objects are counted together: up to 256 bytes their own, above that the next quarter of a power
    /// of 2, as Go's allocator rounds. It never changes, so that two snapshots can be compared.
    /// </summary>
    internal static long SizeClass(long size)
    {
        if (size <= ExactSizes)
        {
            return size;
        }

        int shift = BitOperations.Log2((ulong)(size - 1)) - 2;
        return (((size - 1) >> shift) + 1) << shift;
    }

    private static long Objects(double objects) => (long)Math.Round(objects * ObjectUnit);

    private static long Bytes(long size, double objects) => (long)Math.Round(size * objects);

    private static long Whole(long objects) => (objects + (ObjectUnit / 2)) / ObjectUnit;

    private static nuint[] Outermost(ReadOnlySpan<nuint> stack, bool hasRoom) =>
        [(nuint)PseudoFrame.MergedStacks, .. hasRoom && stack.Length > MergedFrames ? stack[^MergedFrames..] : []];

    /// <summary>Leaves of all labels only that of the size. Returns the new number for each sample.</summary>
    private int[] Reduce()
    {
        var after = new SampleTable(Values);
        int[] numbers = new int[_samples.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = after.Add(_samples.Stack(i), SizeAlone(_samples.Labels(i)), _samples.Values(i));
        }

        _samples = after;
        return numbers;
    }

    private LabelSet SizeAlone(LabelSet labels) =>
        labels.Labels.Count > 1 ? LabelsOf(labels.Labels.First(static label => label.Key == SizeLabel).Number) : labels;

    private LabelSet LabelsOf(long size)
    {
        long sizeClass = SizeClass(size);
        if (!_labels.TryGetValue(sizeClass, out LabelSet? labels))
        {
            labels = new LabelSet([new Label(SizeLabel, null, sizeClass, SizeLabel)]);
            _labels.Add(sizeClass, labels);
        }

        return labels;
    }
}
