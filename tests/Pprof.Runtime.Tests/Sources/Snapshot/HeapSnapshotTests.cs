using System.Runtime.CompilerServices;
using Pprof.Sources.Snapshot;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>A copy of the process that runs the tests, against what the tests know of its heap.</summary>
public sealed class HeapSnapshotTests(ITestOutputHelper output)
{
    private const int Count = 50_000;

    private static readonly List<Kept> s_kept = [];

    [LinuxFact]
    public async Task ObjectsThatAreAliveAreCountedAndOthersAreNot()
    {
        Fill();

        (ulong all, ulong live) = (0, 0);
        await RunAsync(snapshot =>
        {
            snapshot.Mark(paths: true);
            Describe(snapshot);
            (all, live) = Of(snapshot, typeof(Kept));
        });

        Assert.Equal((ulong)Count, live);
        Assert.InRange(all, live, ulong.MaxValue);
        s_kept.Clear();
    }

    private unsafe void Describe(HeapSnapshot snapshot)
    {
        SnapshotJob* job = snapshot.Job;
        output.WriteLine($"objects {job->Objects} ({job->Bytes >> 10} KB), live {job->LiveObjects} ({job->LiveBytes >> 10} KB); clone {job->CloneNanoseconds / 1e6:F2} ms, mark {job->Nanoseconds / 1e6:F1} ms");
        output.WriteLine($"roots {job->RootCount}, stacks {job->StackCount}, dependents {job->DependentCount}, contexts {job->ContextCount}, segments {job->SegmentCount}; unreadable {job->UnreadableObjects}, skipped {job->SkippedBytes}, lost references {job->LostReferences}, nodes {job->NodeCount}, memory {job->Memory >> 20} MB");
        foreach (var group in snapshot.Labels.GroupBy(label => label.Kind))
        {
            output.WriteLine($"{group.Key}: {group.Count()}");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill()
    {
        for (int i = 0; i < Count; i++)
        {
            s_kept.Add(new Kept { Other = i == 0 ? null : s_kept[i - 1] });
        }
    }

    private static (ulong All, ulong Live) Of(HeapSnapshot snapshot, Type type)
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

    private static Task RunAsync(Action<HeapSnapshot> body)
    {
        Snapshots.MemoryLimit.Set(1 << 30);
        return Snapshots.RunAsync(body, CancellationToken.None);
    }

    private sealed class Kept
    {
        public Kept? Other { get; init; }
    }
}
