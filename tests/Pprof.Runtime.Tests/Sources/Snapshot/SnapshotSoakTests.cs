using System.Diagnostics;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>Snapshots in a row beside threads that allocate.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class SnapshotSoakTests(ITestOutputHelper output)
{
    private const int Count = 20_000;

    private static readonly Kept[] s_kept = new Kept[Count];

    [LinuxFact]
    public async Task NoSnapshotIsWrongBesideAllocationAndNothingIsLeftBehind()
    {
        int snapshots = Repetitions.Of(few: 20, many: 1000);
        for (int i = 0; i < Count; i++)
        {
            s_kept[i] = new Kept(i > 0 ? s_kept[i - 1] : null);
        }

        using var stop = new CancellationTokenSource();
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(seed => new Thread(() => Churn(seed, stop.Token)) { IsBackground = true })];
        Array.ForEach(threads, static thread => thread.Start());
        await SnapshotRun.DoAsync(static snapshot =>
        {
            snapshot.Mark(paths: true);
            Assert.NotEmpty(Copies());
        });
        int descriptors = OpenFiles.CountOfProc();
        int collections = GC.CollectionCount(0);
        List<string> wrong = [];
        double longest = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < snapshots; i++)
        {
            await SnapshotRun.DoAsync(snapshot =>
            {
                snapshot.Mark(paths: i % 2 == 0);
                longest = Math.Max(longest, snapshot.Pause.TotalMilliseconds);
                if (SnapshotRun.Of(snapshot, typeof(Kept)).Live != Count)
                {
                    wrong.Add(SnapshotRun.Describe(snapshot));
                }
            });
        }

        output.WriteLine($"{snapshots} snapshots in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {GC.CollectionCount(0) - collections} collections, stopped {longest:F1} ms at most");
        stop.Cancel();
        Array.ForEach(threads, static thread => thread.Join());

        Assert.Empty(wrong);
        OpenFiles.AssertOfProc(descriptors + 2);

        // Tests beside this one may have a copy of their own for a moment.
        Assert.True(SpinWait.SpinUntil(static () => Copies().Count == 0, TimeSpan.FromMinutes(1)));
    }

    /// <summary>Those of any thread.</summary>
    private static List<string> Copies() => ChildProcesses.Of(Environment.ProcessId).FindAll(static child => child.StartsWith("pprof snapshot ", StringComparison.Ordinal));

    private static void Churn(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        object?[] cache = new object?[20_000];
        int allocated = 0;
        while (!stop.IsCancellationRequested)
        {
            int size = random.Next(1000) == 0 ? random.Next(85_000, 300_000) : random.Next(16, 1200);
            byte[] data = new byte[size];

            // The copy needs a processor too.
            allocated += size;
            if (allocated > 1 << 20)
            {
                allocated = 0;
                Thread.Sleep(1);
            }

            if (random.Next(10) == 0)
            {
                cache[random.Next(cache.Length)] = size > 10_000 ? null : data;
            }
        }
    }

    private sealed class Kept(Kept? other)
    {
        public Kept? Other { get; } = other;
    }
}
