using System.Runtime.InteropServices;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Views;

/// <summary>
/// The stacks of a profile as a tree of functions: node 0 is the root, a node's parent has a smaller number, and samples
/// stand at the nodes at which their stacks end, apart by their labels.
/// </summary>
internal sealed class FrameTree
{
    /// <summary>The number of the root, of which every stack is a child.</summary>
    public const int Root = 0;

    /// <summary>Frames of a stack that are kept, outermost first: what draws the tree goes down it by recursion.</summary>
    public const int MaxDepth = 1000;

    private readonly List<Node> _nodes = [];
    private readonly List<Sample> _samples = [];
    private readonly Dictionary<Node, int> _nodeIndexes = [];
    private readonly Dictionary<Sample, int> _sampleIndexes = [];
    private readonly List<long> _values = [];
    private readonly int _types;

    /// <summary>A tree without samples.</summary>
    /// <param name="names">The names of its functions.</param>
    /// <param name="types">The number of values that a sample has.</param>
    public FrameTree(IReadOnlyList<string> names, int types)
    {
        Names = names;
        _types = types;
        _nodes.Add(new Node(-1, -1));
    }

    /// <summary>The names by the number that nodes have.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The nodes, parents before their children.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Where samples stand.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>The number of values that a sample has.</summary>
    public int Types => _types;

    /// <summary>The values of the sample at <paramref name="index"/>.</summary>
    public ReadOnlySpan<long> Values(int index) => CollectionsMarshal.AsSpan(_values).Slice(index * _types, _types);

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
        var node = new Node(parent, name);
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodeIndexes, node, out bool exists);
        if (!exists)
        {
            index = _nodes.Count;
            _nodes.Add(node);
        }

        return index;
    }

    /// <summary>Adds to the sample at <paramref name="node"/> that has these labels.</summary>
    public void Add(int node, LabelSet labels, ReadOnlySpan<long> values)
    {
        var sample = new Sample(node, labels);
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_sampleIndexes, sample, out bool exists);
        if (!exists)
        {
            index = _samples.Count;
            _samples.Add(sample);
            CollectionsMarshal.SetCount(_values, _values.Count + _types);
            CollectionsMarshal.AsSpan(_values)[^_types..].Clear();
        }

        Span<long> sums = CollectionsMarshal.AsSpan(_values).Slice(index * _types, _types);
        for (int k = 0; k < _types; k++)
        {
            sums[k] += values[k];
        }
    }

    private void Add(ReadOnlySpan<nuint> stack, FrameNames names, LabelSet labels, ReadOnlySpan<long> values)
    {
        int node = Root;
        for (int i = stack.Length - 1; i >= 0 && i >= stack.Length - MaxDepth; i--)
        {
            node = Child(node, names.Of(stack[i]));
        }

        Add(node, labels, values);
    }

    /// <summary>A function below a caller.</summary>
    /// <param name="Parent">The number of the caller's node; -1 for the root.</param>
    /// <param name="Name">The number of the function's name; -1 for the root.</param>
    internal readonly record struct Node(int Parent, int Name);

    /// <summary>Samples whose stacks end at a node.</summary>
    internal readonly record struct Sample(int Node, LabelSet Labels);
}
