using System.Globalization;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Collectors.Heap;

/// <summary>
/// Everything that is alive, whenever it was allocated: by type, or with the way from the root that holds it as the stack.
/// </summary>
/// <param name="source">Who sees it.</param>
/// <param name="paths">Whether who holds it is of interest.</param>
internal sealed class LiveHeapCollector(LiveHeapSource source, bool paths) : SnapshotProfileCollector
{
    public LiveHeapCollector(bool paths)
        : this(LiveHeapSource.Create(paths), paths)
    {
    }

    internal override string? UnsupportedReason => source.UnsupportedReason;

    // Nobody looks at the heap to count.
    internal override int Count => 0;

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        HeapTotals totals;
        try
        {
            totals = await source.ReadAsync(new LiveObjects(profile.Samples), cancellation);
        }
        catch (SnapshotException e)
        {
            throw new ProfileUnavailableException(e.Message, e);
        }

        string pause = totals.Pause.TotalMilliseconds.ToString("F1", CultureInfo.InvariantCulture);
        profile.Comments.Add(
            totals.IsByEvents
                ? $"source: the runtime's events of its heap, for which it collected all garbage and stopped the process for {pause} ms; all objects that were left, whenever they were allocated"
                : totals.HasGarbage ? $"source: a copy of the process, whose making stopped it for {pause} ms; all objects of the heap, whenever they were allocated, types only: those that nothing holds any more are among them until a garbage collection finds them (gc=1 has one before)"
                : $"source: a copy of the process, whose making stopped it for {pause} ms; all objects that something holds, whenever they were allocated");
        if (totals.IsByEvents && paths)
        {
            profile.Comments.Add("the runtime's events do not tell which field of a holder leads to an object, which type has a static field, nor which thread a stack belongs to");
        }

        if (totals.Refusal is { } refusal)
        {
            profile.Comments.Add($"not from a copy of the process: {refusal}");
        }

        profile.Gaps.MergedPaths = totals.MergedPaths;
        profile.Gaps.UnreadableObjects = totals.UnreadableObjects;
        profile.Gaps.FoldedObjects = totals.FoldedObjects;
        profile.Gaps.LostObjects = totals.LostObjects;
        profile.Gaps.LostReferences = totals.LostReferences;
        profile.Gaps.UnnamedObjects = totals.UnnamedObjects;
        profile.Gaps.UnnamedBytes = totals.UnnamedBytes;
    }

    private sealed class LiveObjects(SampleTable samples) : IHeapSink
    {
        public void Add(ReadOnlySpan<nuint> frames, long objects, long bytes) => samples.Add(frames, LabelSet.Empty, objects, bytes);
    }
}
