using Pprof.Profiles;

namespace Pprof.Sources.Allocations;

/// <summary>Gets the samples of an <see cref="AllocationSource"/>, from one thread.</summary>
internal interface IAllocationSink
{
    /// <summary>Takes a sampled allocation.</summary>
    /// <param name="frames">
    /// The stack, leaf first: a frame that stands for the type, then addresses inside the calls. Valid during the call.
    /// </param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    /// <param name="labels">The labels of its thread, as far as they are known.</param>
    /// <returns>What it is for <see cref="AddLive"/>.</returns>
    SinkSample Add(ReadOnlySpan<nuint> frames, long size, double objects, SampledLabels labels);

    /// <summary>Counts more objects for a sample than <see cref="Add"/> was told of.</summary>
    /// <param name="sample">What <see cref="Add"/> returned.</param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands in addition.</param>
    void AddMore(SinkSample sample, long size, double objects);

    /// <summary>
    /// Counts a sampled object among those that are alive; with a negative number of <paramref name="objects"/> no more.
    /// </summary>
    /// <param name="sample">What <see cref="Add"/> returned.</param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    void AddLive(SinkSample sample, long size, double objects);

    /// <summary>Forgets everything, but for what open windows have seen.</summary>
    void Clear();
}
