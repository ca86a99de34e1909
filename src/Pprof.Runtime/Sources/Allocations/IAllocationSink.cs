using Pprof.Profiles;

namespace Pprof.Sources.Allocations;

/// <summary>Gets the samples of an <see cref="AllocationSource"/>, from one thread.</summary>
internal interface IAllocationSink
{
    /// <summary>Whether there is no room for more stacks, so that it is time for <see cref="Merge"/>.</summary>
    bool IsFull { get; }

    /// <summary>Takes a sampled allocation.</summary>
    /// <param name="frames">
    /// The stack, leaf first: a frame that stands for the type, then addresses inside the calls. Valid during the call.
    /// </param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    /// <param name="labels">The labels of its thread, as far as they are known.</param>
    /// <returns>A number for <see cref="AddLive"/>.</returns>
    int Add(ReadOnlySpan<nuint> frames, long size, double objects, SampledLabels labels);

    /// <summary>
    /// Counts a sampled object among those that are alive; with a negative number of <paramref name="objects"/> no more.
    /// </summary>
    /// <param name="sample">What <see cref="Add"/> returned, or what <see cref="Merge"/> made of it.</param>
    /// <param name="size">The size of the object in bytes.</param>
    /// <param name="objects">The number of objects for which it stands.</param>
    void AddLive(int sample, long size, double objects);

    /// <summary>Merges the stacks that matter least. Returns the new number for each of the old.</summary>
    int[] Merge();

    /// <summary>For some time no samples have labels: nothing is to be kept for more of the same.</summary>
    void EndLabels();

    /// <summary>Forgets everything.</summary>
    void Clear();
}
