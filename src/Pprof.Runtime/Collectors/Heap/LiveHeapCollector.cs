using System.Globalization;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Collectors.Heap;

/// <summary>
/// Everything that is alive, whenever it was allocated: by type, or with the way from the root that holds it as the stack.
/// </summary>
/// <param name="paths">Whether who holds it is of interest.</param>
internal sealed class LiveHeapCollector(bool paths) : SnapshotProfileCollector
{
    private readonly LiveHeapSource _source = LiveHeapSource.Create(paths);

    internal override string? UnsupportedReason => _source.UnsupportedReason;

    // Nobody looks at the heap to count.
    internal override int Count => 0;

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        HeapTotals totals;
        try
        {
            totals = await _source.ReadAsync(new LiveObjects(profile.Samples), cancellation);
        }
        catch (SnapshotException e)
        {
            throw new ProfileUnavailableException(e.Message, e);
        }

        profile.Comments.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"source: a copy of the process, whose making stopped it for {totals.Pause.TotalMilliseconds:F1} ms; all objects that something holds, whenever they were allocated"));
        profile.Gaps.MergedPaths = totals.MergedPaths;
        profile.Gaps.UnreadableObjects = totals.UnreadableObjects;
        profile.Gaps.FoldedObjects = totals.FoldedObjects;
        profile.Gaps.LostObjects = totals.LostObjects;
        profile.Gaps.LostReferences = totals.LostReferences;
    }

    private sealed class LiveObjects(SampleTable samples) : IHeapSink
    {
        public void Add(ReadOnlySpan<nuint> frames, long objects, long bytes) => samples.Add(frames, LabelSet.Empty, objects, bytes);
    }
}
