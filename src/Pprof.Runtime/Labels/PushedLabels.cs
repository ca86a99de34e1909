using Pprof.Profiles;

namespace Pprof.Labels;

/// <summary>The labels of one <see cref="PprofLabels.Push(string, string)"/> together with those around it.</summary>
/// <param name="outer">What was there before, and comes back.</param>
/// <param name="labels">All labels that hold now.</param>
internal sealed class PushedLabels(PushedLabels? outer, LabelSet labels)
{
    private static long s_last;

    /// <summary>What was there before.</summary>
    public PushedLabels? Outer { get; } = outer;

    /// <summary>All labels that hold.</summary>
    public LabelSet Labels { get; } = labels;

    /// <summary>What the word of a thread says while these are its labels: never 0, and never used again.</summary>
    public long Number { get; } = Interlocked.Increment(ref s_last);

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
