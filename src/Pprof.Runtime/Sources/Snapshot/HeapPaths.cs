using Pprof.Profiles;

namespace Pprof.Sources.Snapshot;

/// <summary>The ways from the roots to the objects, as stacks.</summary>
internal static class HeapPaths
{
    // Ways that are kept apart, those with the most bytes, and the frames of each.
    private const int MaxPaths = 20_000;
    private const int MaxFrames = 128;

    /// <summary>Hands all of them to <paramref name="sink"/>. Returns the number of those that were merged.</summary>
    /// <param name="nodes">The ways.</param>
    /// <param name="names">The names of what is on them.</param>
    /// <param name="sink">Gets them.</param>
    /// <param name="check">Called at each: ends it by an exception where nobody wants it any more.</param>
    public static long Add(ReadOnlySpan<HeapNode> nodes, IHeapNames names, IHeapSink sink, Action check)
    {
        var largest = new LargestWays(nodes, MaxPaths);
        Span<nuint> frames = stackalloc nuint[MaxFrames];
        long merged = 0;
        foreach (ref readonly HeapNode node in nodes)
        {
            if (node.Count == 0)
            {
                continue;
            }

            check();
            bool hasWay = node.Parent != HeapNode.None && node.Offset != HeapNode.NoWay;
            bool isKept = largest.TryTake(node.Bytes) && node.Offset != HeapNode.NoWay;
            merged += isKept || !hasWay ? 0 : 1;
            int count = isKept ? WritePath(nodes, node, names, frames) : WriteEnds(nodes, node, names, frames);
            sink.Add(frames[..count], (long)node.Count, (long)node.Bytes);
        }

        return merged;
    }

    private static int WritePath(ReadOnlySpan<HeapNode> nodes, in HeapNode node, IHeapNames names, Span<nuint> frames)
    {
        if (node.Parent == HeapNode.None)
        {
            // There was no room for more nodes.
            frames[0] = names.RootFrame((uint)node.MethodTable);
            return 1;
        }

        frames[0] = names.TypeFrame(node.MethodTable);
        int count = 1;
        uint offset = node.Offset;
        uint at = node.Parent;
        for (; nodes[(int)at].Parent != HeapNode.None; at = nodes[(int)at].Parent)
        {
            ref readonly HeapNode holder = ref nodes[(int)at];
            if (count < frames.Length - 2)
            {
                frames[count++] = names.HolderFrame(holder.MethodTable, offset);
            }

            offset = holder.Offset;
        }

        if (count == frames.Length - 2)
        {
            frames[count++] = (nuint)PseudoFrame.TruncatedStack;
        }

        frames[count++] = names.RootFrame((uint)nodes[(int)at].MethodTable);
        return count;
    }

    private static int WriteEnds(ReadOnlySpan<HeapNode> nodes, in HeapNode node, IHeapNames names, Span<nuint> frames)
    {
        if (node.Parent == HeapNode.None)
        {
            return WritePath(nodes, node, names, frames);
        }

        uint at = node.Parent;
        while (nodes[(int)at].Parent != HeapNode.None)
        {
            at = nodes[(int)at].Parent;
        }

        frames[0] = names.TypeFrame(node.MethodTable);
        frames[1] = (nuint)PseudoFrame.MergedStacks;
        frames[2] = names.RootFrame((uint)nodes[(int)at].MethodTable);
        return 3;
    }
}
