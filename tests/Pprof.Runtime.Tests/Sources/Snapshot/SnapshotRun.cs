using Pprof.Sources.Snapshot;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>Snapshots of the process that runs the tests.</summary>
internal static unsafe class SnapshotRun
{
    public static Task DoAsync(Action<HeapSnapshot> body, CancellationToken cancellation = default)
    {
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        return Snapshots.RunAsync(body, cancellation);
    }

    /// <summary>All objects of a type, and those that are alive.</summary>
    public static (ulong All, ulong Live) Of(HeapSnapshot snapshot, Type type)
    {
        foreach (HeapType row in snapshot.Types)
        {
            if (row.MethodTable == (ulong)type.TypeHandle.Value)
            {
                return (row.Count, row.LiveCount);
            }
        }

        return default;
    }

    /// <summary>Whether a thread has a context without room for one more object.</summary>
    public static bool HasFullContext(HeapSnapshot snapshot)
    {
        foreach (MemoryRange context in new ReadOnlySpan<MemoryRange>(snapshot.Job->Contexts, (int)snapshot.Job->ContextCount))
        {
            if (context.End - context.Start <= 24)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The labels of the roots of a group, in the order in which they are followed.</summary>
    public static List<uint> RootLabels(HeapSnapshot snapshot, uint group)
    {
        List<uint> labels = [];
        foreach (HeapRoot root in new ReadOnlySpan<HeapRoot>(snapshot.Job->Roots, (int)snapshot.Job->RootCount))
        {
            if (root.Group == group)
            {
                labels.Add(root.Label);
            }
        }

        return labels;
    }

    public static string Describe(HeapSnapshot snapshot)
    {
        SnapshotJob* job = snapshot.Job;
        return $"objects {job->Objects} ({job->Bytes >> 10} KB), live {job->LiveObjects} ({job->LiveBytes >> 10} KB); stopped {job->CloneNanoseconds / 1e6:F2} ms, marked in {job->Nanoseconds / 1e6:F1} ms; "
            + $"roots {job->RootCount}, stacks {job->StackCount}, contexts {job->ContextCount}, segments {job->SegmentCount}, nodes {job->NodeCount}; "
            + $"unreadable {job->UnreadableObjects}, skipped {job->SkippedBytes} B, lost references {job->LostReferences}, memory {job->Memory >> 20} MB";
    }
}
