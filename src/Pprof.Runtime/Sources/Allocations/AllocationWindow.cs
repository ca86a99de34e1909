namespace Pprof.Sources.Allocations;

/// <summary>A time for which somebody wants allocations to be sampled. It is opened once and closed once.</summary>
internal sealed class AllocationWindow
{
    /// <summary>
    /// Whether it is of interest which objects are alive. Where that is known at no cost it is known of all windows.
    /// </summary>
    public bool FollowsObjects { get; init; }

    /// <summary>Who samples, where there is a choice; null while that is not known.</summary>
    public AllocationSource? Source { get; set; }

    /// <summary>Whether nobody wants it any more.</summary>
    public bool IsClosed { get; set; }
}
