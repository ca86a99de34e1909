using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>The types on the ways from the roots, each below its holder, as <c>node_for</c> in snapshot.c makes them. Belongs to one thread.</summary>
/// <param name="types">Says which of them are arrays.</param>
internal sealed class HeapNodes(EventTypes types)
{
    private const int MaxNodes = 1 << 20;

    // How far a way is looked back on. One so long, and all when there are so many, fold by type alone: their number stays bounded.
    private const int MaxFold = 64;
    private const int LongWay = 48;
    private const int ManyNodes = 1 << 16;

    private readonly List<HeapNode> _nodes = [];
    private readonly Dictionary<(uint Parent, ulong Type), uint> _numbers = [];

    /// <summary>All of them, by their numbers. What is written to them stays.</summary>
    public Span<HeapNode> All => CollectionsMarshal.AsSpan(_nodes);

    /// <summary>The node below another for a type, or the one that it folds into.</summary>
    /// <param name="parent">The other; none for a root.</param>
    /// <param name="type">The type; of a root its label.</param>
    public uint For(uint parent, ulong type)
    {
        if (_numbers.TryGetValue((parent, type), out uint number))
        {
            return number;
        }

        if (Fold(parent, type) is var into and not HeapNode.None)
        {
            return into;
        }

        if (_nodes.Count >= MaxNodes && parent != HeapNode.None)
        {
            return parent;
        }

        number = (uint)_nodes.Count;
        _nodes.Add(new HeapNode { MethodTable = type, Parent = parent });
        _numbers.Add((parent, type), number);
        return number;
    }

    /// <summary>
    /// The node on the way to another that one below that folds into, or none: the holder if it is of that type, or has it in an
    /// array, and where a way begins to repeat itself. Lists and trees stay short, and what stands between two containers is kept.
    /// </summary>
    private uint Fold(uint parent, ulong type)
    {
        ReadOnlySpan<HeapNode> nodes = All;
        uint above = parent;
        uint nearest = HeapNode.None;
        int depth = 0;
        bool isByType = nodes.Length >= ManyNodes;
        for (; above != HeapNode.None && depth < MaxFold; depth++)
        {
            HeapNode node = nodes[(int)above];
            if (node.MethodTable == type && node.Parent != HeapNode.None)
            {
                bool isNear = depth == 0 || (depth == 1 && types.IsArray(nodes[(int)parent].MethodTable));
                if (isByType || isNear || Repeats(nodes, above, parent))
                {
                    return above;
                }

                nearest = nearest == HeapNode.None ? above : nearest;
            }

            above = node.Parent;
        }

        return depth >= LongWay ? nearest : HeapNode.None;
    }

    /// <summary>Whether the steps that lead down to a node come again from there, the last of them from a parent to its type.</summary>
    private static bool Repeats(ReadOnlySpan<HeapNode> nodes, uint number, uint parent)
    {
        for (uint before = number; ; parent = nodes[(int)parent].Parent)
        {
            before = nodes[(int)before].Parent;
            if (nodes[(int)before].Parent == HeapNode.None || nodes[(int)before].MethodTable != nodes[(int)parent].MethodTable)
            {
                return false;
            }

            if (parent == number)
            {
                return true;
            }
        }
    }
}
