using System.Runtime.InteropServices;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Views;

/// <summary>
/// The stacks of a profile as a tree of functions: node 0 is the root, a node's parent has a smaller number, and samples
/// stand at the nodes at which their stacks end, apart by their labels.
/// </summary>
/// <remarks>
/// Columns of numbers rather than a list of records: a program that is compiled ahead of time has such lists anyway.
/// </remarks>
/// <param name="names">The names of its functions.</param>
/// <param name="types">The number of values that a sample has.</param>
internal sealed class FrameTree(IReadOnlyList<string> names, int types)
{
    /// <summary>The number of the root, of which every stack is a child.</summary>
    public const int Root = 0;

    /// <summary>
    /// Frames of a stack that are kept, outermost first: what draws the tree goes down it by recursion. In the place of the
    /// others stands one that says so.
    /// </summary>
    public const int MaxDepth = 1000;

    private readonly Dictionary<ulong, int> _nodeIndexes = [];
    private readonly List<int> _parents = [-1];
    private readonly List<int> _names = [-1];
    private readonly Dictionary<LabelSet, int> _labelIndexes = [];
    private readonly List<LabelSet> _labels = [];
    private readonly Dictionary<ulong, int> _sampleIndexes = [];
    private readonly List<int> _sampleNodes = [];
    private readonly List<int> _sampleLabels = [];
    private readonly List<long> _values = [];

    /// <summary>The names by the number that nodes have.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>The number of values that a sample has.</summary>
    public int Types { get; } = types;

    /// <summary>The callers of the nodes, by number; -1 for the root.</summary>
    public ReadOnlySpan<int> Parents => CollectionsMarshal.AsSpan(_parents);

    /// <summary>The numbers of the names of the nodes; -1 for the root.</summary>
    public ReadOnlySpan<int> NodeNames => CollectionsMarshal.AsSpan(_names);

    /// <summary>The nodes at which samples stand.</summary>
    public ReadOnlySpan<int> SampleNodes => CollectionsMarshal.AsSpan(_sampleNodes);

    /// <summary>The labels of all samples, each set once.</summary>
    public IReadOnlyList<LabelSet> LabelSets => _labels;

    /// <summary>The labels of the samples, as positions in <see cref="LabelSets"/>.</summary>
    public ReadOnlySpan<int> SampleLabels => CollectionsMarshal.AsSpan(_sampleLabels);

    /// <summary>The values of the sample at <paramref name="index"/>.</summary>
    public ReadOnlySpan<long> Values(int index) => CollectionsMarshal.AsSpan(_values).Slice(index * Types, Types);

    /// <summary>The whole tree of the samples that <paramref name="filter"/> shows.</summary>
    public static FrameTree Of(Profile profile, Symbolizer symbolizer, LabelFilter filter)
    {
        var names = new FrameNames(symbolizer);
        var tree = new FrameTree(names.Names, profile.Shape.SampleTypes.Count);
        SampleTable samples = profile.Samples;
        for (int i = 0; i < samples.Count; i++)
        {
            if (filter.Shows(samples.Labels(i)))
            {
                tree.Add(samples.Stack(i), names, samples.Labels(i), samples.Values(i));
            }
        }

        return tree;
    }

    /// <summary>The child of <paramref name="parent"/> that has this name, which is added where there is none.</summary>
    public int Child(int parent, int name)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodeIndexes, Key(parent, name), out bool exists);
        if (!exists)
        {
            index = _parents.Count;
            _parents.Add(parent);
            _names.Add(name);
        }

        return index;
    }

    /// <summary>Adds to the sample at <paramref name="node"/> that has these labels.</summary>
    public void Add(int node, LabelSet labels, ReadOnlySpan<long> values)
    {
        if (!_labelIndexes.TryGetValue(labels, out int label))
        {
            label = _labels.Count;
            _labelIndexes.Add(labels, label);
            _labels.Add(labels);
        }

        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_sampleIndexes, Key(node, label), out bool exists);
        if (!exists)
        {
            index = _sampleNodes.Count;
            _sampleNodes.Add(node);
            _sampleLabels.Add(label);
            for (int k = 0; k < Types; k++)
            {
                _values.Add(0);
            }
        }

        Span<long> sums = CollectionsMarshal.AsSpan(_values).Slice(index * Types, Types);
        for (int k = 0; k < Types; k++)
        {
            sums[k] += values[k];
        }
    }

    private void Add(ReadOnlySpan<nuint> stack, FrameNames frames, LabelSet labels, ReadOnlySpan<long> values)
    {
        int node = Root;
        int first = stack.Length > MaxDepth ? stack.Length - MaxDepth + 1 : 0;
        for (int i = stack.Length - 1; i >= first; i--)
        {
            node = Child(node, frames.Of(stack[i]));
        }

        if (first > 0)
        {
            node = Child(node, frames.Of((nuint)PseudoFrame.TruncatedStack));
        }

        Add(node, labels, values);
    }

    private static ulong Key(int first, int second) => ((ulong)(uint)first << 32) | (uint)second;
}
