using Pprof.Profiles;

namespace Pprof.Sources.Snapshot;

/// <summary>What a copy of the process finds in its heap.</summary>
internal sealed class SnapshotHeapSource(bool paths) : LiveHeapSource
{
    // Ways that are kept apart, those with the most bytes, and the frames of each.
    private const int MaxPaths = 20_000;
    private const int MaxFrames = 128;

    public override string? UnsupportedReason =>
        Snapshots.UnsupportedReason
        ?? (StaticFields.AreKnown ? null : $"where the static fields of types and threads are is known of .NET 10, and this is {Environment.Version}; run the service on .NET 10")
        ?? Snapshots.TooLarge(ResidentLimit.Value, "SnapshotResidentLimit");

    public override async Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation)
    {
        HeapTotals totals = default;
        await Snapshots.RunAsync(
            snapshot =>
            {
                snapshot.Mark(paths);
                long merged = 0;
                if (paths)
                {
                    merged = AddPaths(snapshot, sink);
                }
                else
                {
                    AddTypes(snapshot, sink);
                }

                totals = new HeapTotals(
                    snapshot.Pause, snapshot.UnreadableObjects, merged, snapshot.FoldedObjects, snapshot.LostObjects, snapshot.LostReferences);
            },
            cancellation);
        return totals;
    }

    private static void AddTypes(HeapSnapshot snapshot, IHeapSink sink)
    {
        var names = new HeapNames(snapshot);
        foreach (HeapType type in snapshot.Types)
        {
            snapshot.Patience.Check();
            if (type.LiveCount > 0)
            {
                sink.Add([names.TypeFrame(type.MethodTable)], (long)type.LiveCount, (long)type.LiveBytes);
            }
        }
    }

    /// <summary>Returns the number of ways that were merged.</summary>
    private static long AddPaths(HeapSnapshot snapshot, IHeapSink sink)
    {
        ReadOnlySpan<HeapNode> nodes = snapshot.Nodes;
        var largest = new LargestWays(nodes, MaxPaths);
        var names = new HeapNames(snapshot);
        Span<nuint> frames = stackalloc nuint[MaxFrames];
        long merged = 0;
        foreach (ref readonly HeapNode node in nodes)
        {
            if (node.Count == 0)
            {
                continue;
            }

            snapshot.Patience.Check();
            bool hasWay = node.Parent != HeapNode.None && node.Offset != HeapNode.NoWay;
            bool isKept = largest.TryTake(node.Bytes) && node.Offset != HeapNode.NoWay;
            merged += isKept || !hasWay ? 0 : 1;
            int count = isKept ? WritePath(nodes, node, names, frames) : WriteEnds(nodes, node, names, frames);
            sink.Add(frames[..count], (long)node.Count, (long)node.Bytes);
        }

        return merged;
    }

    private static int WritePath(ReadOnlySpan<HeapNode> nodes, in HeapNode node, HeapNames names, Span<nuint> frames)
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

    private static int WriteEnds(ReadOnlySpan<HeapNode> nodes, in HeapNode node, HeapNames names, Span<nuint> frames)
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
