namespace Pprof.Encoding.Views;

/// <summary>
/// A tree without the functions that no screen shows. What they have stands for each caller in one frame of its own, so
/// that no sum changes.
/// </summary>
internal sealed class PrunedTree
{
    /// <summary>The name of the frame that stands for those below one caller that are left out.</summary>
    public const string SmallFrames = "[small frames]";

    // Less than a tenth of a pixel on most screens.
    private const double FirstThreshold = 0.000_05;

    /// <summary>Leaves out what is small, and as much more as it takes to have at most <paramref name="maxNodes"/> nodes.</summary>
    public PrunedTree(FrameTree tree, int maxNodes = 100_000)
    {
        double[] shares = Shares(tree);
        Threshold = FirstThreshold;
        while (NodesAbove(tree, shares) > maxNodes)
        {
            Threshold *= 1.5;
        }

        string[] names = new string[tree.Names.Count + 1];
        for (int i = 0; i < tree.Names.Count; i++)
        {
            names[i] = tree.Names[i];
        }

        names[^1] = SmallFrames;
        Tree = new FrameTree(names, tree.Types);
        Copy(tree, shares);
    }

    /// <summary>What is left.</summary>
    public FrameTree Tree { get; }

    /// <summary>The share of the profile below which a node is left out; that of any type of value counts.</summary>
    public double Threshold { get; }

    /// <summary>The nodes that are left out.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The largest share of each node in any type of value, with all below it. Never more than its parent's.</summary>
    private static double[] Shares(FrameTree tree)
    {
        int types = tree.Types;
        double[] sums = new double[tree.Parents.Length * types];
        for (int i = 0; i < tree.SampleNodes.Length; i++)
        {
            for (int k = 0; k < types; k++)
            {
                // Differences may be negative, and are no smaller on the screen for it.
                sums[(tree.SampleNodes[i] * types) + k] += Math.Abs((double)tree.Values(i)[k]);
            }
        }

        for (int node = tree.Parents.Length - 1; node > FrameTree.Root; node--)
        {
            for (int k = 0; k < types; k++)
            {
                sums[(tree.Parents[node] * types) + k] += sums[(node * types) + k];
            }
        }

        double[] shares = new double[tree.Parents.Length];
        for (int node = 0; node < shares.Length; node++)
        {
            for (int k = 0; k < types; k++)
            {
                if (sums[k] > 0)
                {
                    shares[node] = Math.Max(shares[node], sums[(node * types) + k] / sums[k]);
                }
            }
        }

        return shares;
    }

    private bool IsKept(int node, double[] shares) => node == FrameTree.Root || shares[node] >= Threshold;

    private int NodesAbove(FrameTree tree, double[] shares)
    {
        int count = 1;
        bool[] hasSmall = new bool[shares.Length];
        for (int node = 1; node < shares.Length; node++)
        {
            int parent = tree.Parents[node];
            if (IsKept(node, shares))
            {
                count++;
            }
            else if (IsKept(parent, shares) && !hasSmall[parent])
            {
                hasSmall[parent] = true;
                count++;
            }
        }

        return count;
    }

    private void Copy(FrameTree tree, double[] shares)
    {
        int small = tree.Names.Count;
        int[] places = new int[shares.Length];
        for (int node = 1; node < places.Length; node++)
        {
            int parent = tree.Parents[node];
            if (IsKept(node, shares))
            {
                places[node] = Tree.Child(places[parent], tree.NodeNames[node]);
                continue;
            }

            LeftOut++;
            places[node] = IsKept(parent, shares) ? Tree.Child(places[parent], small) : places[parent];
        }

        for (int i = 0; i < tree.SampleNodes.Length; i++)
        {
            Tree.Add(places[tree.SampleNodes[i]], tree.LabelSets[tree.SampleLabels[i]], tree.Values(i));
        }
    }
}
