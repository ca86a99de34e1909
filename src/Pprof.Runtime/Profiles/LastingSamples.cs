namespace Pprof.Profiles;

/// <summary>
/// A bounded number of samples, each of which stays once it is there: who looks again finds it, with values that are sums
/// of more. Engines subtract one look from the next. The first three quarters of the room are for whatever comes. What is
/// left is for stacks that come again and again, the more often the less room there is; the others are added up under
/// <see cref="PseudoFrame.MergedStacks"/>. Not safe for concurrent use.
/// </summary>
/// <param name="valueCount">The number of values of a sample.</param>
/// <param name="maxSamples">The number of distinct samples.</param>
/// <param name="maxFrames">The number of frames that their stacks may have together.</param>
internal sealed class LastingSamples(int valueCount, int maxSamples, int maxFrames)
{
    // What is left of a merged stack: its outermost frames.
    private const int MergedFrames = 4;

    // How often a stack has come is counted by its hash: two that share a counter come in sooner than they should.
    private const int Counters = 1 << 12;

    private readonly int _maxMerged = maxSamples / 16;
    private readonly SampleTable _samples = new(valueCount, expectedFrames: maxFrames);
    private ushort[] _seen = [];
    private int _mergedStacks;

    /// <summary>The number of distinct samples.</summary>
    public int Count => _samples.Count;

    /// <summary>How often something was added of which only the outermost frames were kept.</summary>
    public long Merged { get; private set; }

    /// <summary>The samples. Nobody else adds to them.</summary>
    public SampleTable Samples => _samples;

    /// <summary>Adds to the sample with this stack and these labels, or to one that has less of both.</summary>
    /// <param name="stack">The stack, leaf first.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="fewer">Those that it has where there is no room for it with all of them.</param>
    /// <param name="values">What is added.</param>
    /// <returns>The index of the sample, which stays what it is.</returns>
    public int Add(ReadOnlySpan<nuint> stack, LabelSet labels, LabelSet fewer, params ReadOnlySpan<long> values)
    {
        if (TryAdd(stack, labels, values, out int index) || (!labels.Equals(fewer) && TryAdd(stack, fewer, values, out index)))
        {
            return index;
        }

        Merged++;
        return AddMerged(stack, values);
    }

    /// <summary>Adds to the sample at <paramref name="index"/>.</summary>
    public void Add(int index, params ReadOnlySpan<long> values) => _samples.Add(index, values);

    private bool TryAdd(ReadOnlySpan<nuint> stack, LabelSet labels, ReadOnlySpan<long> values, out int index)
    {
        index = _samples.IndexOf(stack, labels);
        if (index >= 0)
        {
            _samples.Add(index, values);
        }
        else if (HasRoom(stack, labels))
        {
            index = _samples.Add(stack, labels, values);
        }

        return index >= 0;
    }

    private bool HasRoom(ReadOnlySpan<nuint> stack, LabelSet labels)
    {
        // One place is for what has no other.
        int samples = maxSamples - 1 - _samples.Count;
        int frames = maxFrames - _samples.FrameCount - stack.Length;
        if (samples <= 0 || frames <= 0)
        {
            return false;
        }

        int times = Math.Max(maxSamples / 4 / samples, maxFrames / 4 / frames);
        if (times == 0)
        {
            return true;
        }

        _seen = _seen.Length == 0 ? new ushort[Counters] : _seen;
        ref ushort seen = ref _seen[SampleTable.HashOf(stack, labels) % Counters];
        if (seen++ < Math.Min(times, ushort.MaxValue - 1))
        {
            return false;
        }

        seen = 0;
        return true;
    }

    private int AddMerged(ReadOnlySpan<nuint> stack, ReadOnlySpan<long> values)
    {
        Span<nuint> merged = stackalloc nuint[MergedFrames + 1];
        merged[0] = (nuint)PseudoFrame.MergedStacks;
        int kept = stack.Length > MergedFrames ? MergedFrames : 0;
        stack[^kept..].CopyTo(merged[1..]);
        merged = merged[..(kept + 1)];
        if (_samples.IndexOf(merged, LabelSet.Empty) < 0)
        {
            if (_mergedStacks < _maxMerged && _samples.Count < maxSamples - 1 && _samples.FrameCount < maxFrames)
            {
                _mergedStacks++;
            }
            else
            {
                merged = merged[..1];
            }
        }

        return _samples.Add(merged, LabelSet.Empty, values);
    }
}
