using Pprof.Profiles;

namespace Pprof.Labels;

/// <summary>The labels of one <see cref="PprofLabels.Push(string, string)"/>, or of a request, together with those around them.</summary>
internal sealed class PushedLabels
{
    // Above the bits that are never used again: 2^48 pushes are some years of a million each second.
    private const int RouteShift = 48;

    private static long s_last;

    /// <param name="outer">What was there before, and comes back.</param>
    /// <param name="labels">All labels that hold now.</param>
    public PushedLabels(PushedLabels? outer, LabelSet labels)
        : this(outer, labels, outer?.Route ?? 0)
    {
    }

    /// <param name="outer">What was there before, and comes back.</param>
    /// <param name="labels">All labels that hold now.</param>
    /// <param name="route">The number in <see cref="KnownRoutes"/> of those that are the request's; 0 for none.</param>
    public PushedLabels(PushedLabels? outer, LabelSet labels, int route)
    {
        Outer = outer;
        Labels = labels;
        Number = Interlocked.Increment(ref s_last) | ((long)route << RouteShift);
    }

    /// <summary>Whether there have ever been any in this process.</summary>
    public static bool HaveBeen => Volatile.Read(ref s_last) > 0;

    /// <summary>What was there before.</summary>
    public PushedLabels? Outer { get; }

    /// <summary>All labels that hold.</summary>
    public LabelSet Labels { get; }

    /// <summary>What the word of a thread says while these are its labels: never 0, and never used again.</summary>
    public long Number { get; }

    /// <summary>The number in <see cref="KnownRoutes"/> of those that are the request's; 0 for none.</summary>
    public int Route => RouteOf(Number);

    /// <summary>The same by what the word of a thread says.</summary>
    public static int RouteOf(long number) => (int)(number >>> RouteShift);

    /// <summary>Whether these are <paramref name="other"/> or were pushed while those held.</summary>
    public bool IsWithin(PushedLabels other)
    {
        for (PushedLabels? at = this; at is not null; at = at.Outer)
        {
            if (at == other)
            {
                return true;
            }
        }

        return false;
    }
}
