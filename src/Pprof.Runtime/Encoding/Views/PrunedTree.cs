using Pprof.Profiles;

namespace Pprof.Encoding.Views;

/// <summary>
/// A tree without the functions that no screen shows. What they have stands for each caller in one frame of its own, so
/// that no sum changes.
/// </summary>
/// <param name="Tree">What is left.</param>
/// <param name="Threshold">The share of the profile below which a node is left out; that of any type of value counts.</param>
/// <param name="LeftOut">The nodes that are left out.</param>
internal sealed record PrunedTree(FrameTree Tree, double Threshold, int LeftOut)
{
    /// <summary>The name of the frame that stands for those below one caller that are left out.</summary>
    public const string SmallFrames = "[small frames]";

    // Less than a tenth of a pixel on most screens.
    private const double FirstThreshold = 0.000_05;

    /// <summary>Leaves out what is small, and as much more as it takes to have at most <paramref name="maxNodes"/> nodes.</summary>
    public static PrunedTree Of(FrameTree tree, int maxNodes = 100_000)
    {
        double[] shares = Shares(tree);
        double threshold = FirstThreshold;
        while (NodesAbove(tree, shares, threshold) > maxNodes)
        {
            threshold *= 1.5;
        }

        return Prune(tree, shares, threshold);
    }

    /// <summary>The largest share of each node in any type of value, with all below it. Never more than its parent's.</summary>
    private static double[] Shares(FrameTree tree)
    {
        int types = tree.Types;
        var sums = new double[tree.Nodes.Count * types];
        for (int i = 0; i < tree.Samples.Count; i++)
        {
            for (int k = 0; k < types; k++)
            {
                // Differences may be negative, and are no smaller on the screen for it.
                sums[(tree.Samples[i].Node * types) + k] += Math.Abs((double)tree.Values(i)[k]);
            }
        }

        for (int node = tree.Nodes.Count - 1; node > FrameTree.Root; node--)
        {
            for (int k = 0; k < types; k++)
            {
                sums[(tree.Nodes[node].Parent * types) + k] += sums[(node * types) + k];
            }
        }

        var shares = new double[tree.Nodes.Count];
        for (int node = 0; node < shares.Length; node++)
        {
            for (int k = 0; k < types; k++)
            {
                shares[node] = sums[k] > 0 ? Math.Max(shares[node], sums[(node * types) + k] / sums[k]) : shares[node];
            }
        }

        return shares;
    }

    private static int NodesAbove(FrameTree tree, double[] shares, double threshold)
    {
        int kept = 1;
        var hasSmall = new HashSet<int>();
        for (int node = 1; node < shares.Length; node++)
        {
            int parent = tree.Nodes[node].Parent;
            if (shares[node] >= threshold)
            {
                kept++;
            }
            else if (parent == FrameTree.Root || shares[parent] >= threshold)
            {
                hasSmall.Add(parent);
            }
        }

        return kept + hasSmall.Count;
    }

    private static PrunedTree Prune(FrameTree tree, double[] shares, double threshold)
    {
        var pruned = new FrameTree([.. tree.Names, SmallFrames], tree.Types);
        int small = tree.Names.Count;
        var places = new int[tree.Nodes.Count];
        int leftOut = 0;
        for (int node = 1; node < places.Length; node++)
        {
            (int parent, int name) = tree.Nodes[node];
            bool isKept = shares[node] >= threshold;
            bool isParentKept = parent == FrameTree.Root || shares[parent] >= threshold;
            leftOut += isKept ? 0 : 1;
            places[node] = isKept ? pruned.Child(places[parent], name)
                : isParentKept ? pruned.Child(places[parent], small)
                : places[parent];
        }

        for (int i = 0; i < tree.Samples.Count; i++)
        {
            (int node, LabelSet labels) = tree.Samples[i];
            pruned.Add(places[node], labels, tree.Values(i));
        }

        return new PrunedTree(pruned, threshold, leftOut);
    }
}
