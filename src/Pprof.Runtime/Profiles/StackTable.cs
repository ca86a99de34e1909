namespace Pprof.Profiles;

/// <summary>
/// Stacks of what is alive: each kept once, with the number of those that it added, and forgotten with the last of them.
/// Where nothing is removed <see cref="SampleTable"/> is smaller and faster. Not safe for concurrent use.
/// </summary>
internal sealed class StackTable
{
    private readonly HashSet<CountedStack> _stacks = new(Comparer.Instance);

    /// <summary>The number of distinct stacks.</summary>
    public int Count => _stacks.Count;

    /// <summary>Counts one more under these frames, leaf first. What is returned takes it back.</summary>
    public CountedStack Add(ReadOnlySpan<nuint> frames)
    {
        HashSet<CountedStack>.AlternateLookup<ReadOnlySpan<nuint>> lookup = _stacks.GetAlternateLookup<ReadOnlySpan<nuint>>();
        if (!lookup.TryGetValue(frames, out CountedStack? stack))
        {
            lookup.Add(frames);
            lookup.TryGetValue(frames, out stack);
        }

        stack!.Count++;
        return stack;
    }

    /// <summary>Takes back one that was counted.</summary>
    public void Remove(CountedStack stack)
    {
        if (--stack.Count == 0)
        {
            _stacks.Remove(stack);
        }
    }

    /// <summary>Gives back the room of its largest day.</summary>
    public void TrimExcess() => _stacks.TrimExcess();

    /// <summary>Adds a sample for each stack, with its number.</summary>
    public void CopyTo(SampleTable samples)
    {
        foreach (CountedStack stack in _stacks)
        {
            samples.Add(stack.Frames, LabelSet.Empty, stack.Count);
        }
    }

    /// <summary>A stack and how many it added.</summary>
    public sealed class CountedStack(nuint[] frames)
    {
        /// <summary>The frames, leaf first.</summary>
        public ReadOnlySpan<nuint> Frames => frames;

        /// <summary>How many it added that were not removed.</summary>
        public int Count { get; internal set; }
    }

    private sealed class Comparer : IEqualityComparer<CountedStack>, IAlternateEqualityComparer<ReadOnlySpan<nuint>, CountedStack>
    {
        public static readonly Comparer Instance = new();

        public bool Equals(CountedStack? x, CountedStack? y) => x!.Frames.SequenceEqual(y!.Frames);

        public int GetHashCode(CountedStack stack) => GetHashCode(stack.Frames);

        public bool Equals(ReadOnlySpan<nuint> frames, CountedStack stack) => frames.SequenceEqual(stack.Frames);

        public int GetHashCode(ReadOnlySpan<nuint> frames)
        {
            var hash = new HashCode();
            foreach (nuint frame in frames)
            {
                hash.Add(frame);
            }

            return hash.ToHashCode();
        }

        public CountedStack Create(ReadOnlySpan<nuint> frames) => new(frames.ToArray());
    }
}
